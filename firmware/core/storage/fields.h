// Records of fields that are kept in flash or sent to a computer: how they are
// packed, and what their numbers may be. firmware/schema/settings.toml declares
// the records; docs/formats/settings.md describes the bytes.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

enum class FieldType : uint8_t { kByte, kChoice, kFloat };

struct Limits {
  float low;
  float high;
};

struct RecordField {
  const char* name;
  FieldType type;
  bool distinct;         // no two of its numbers are the same
  size_t offset;         // in the struct
  uint32_t count;        // of numbers
  const Limits* limits;  // of each number
};

struct FieldList {
  const RecordField* fields;
  size_t count;
};

// One behind another without gaps, little-endian.
void PackFields(FieldList list, const void* record, uint8_t* bytes);

// Fields that do not lie within `size` stay as they are.
void UnpackFields(FieldList list, const uint8_t* bytes, size_t size,
                  void* record);

// Whether a record of so many bytes, more than 0, ends where one of the fields
// does or behind them all.
bool EndsAtField(FieldList list, size_t size);

// Brings numbers within their limits; what has no nearest (NaN, a choice that
// is none, numbers that are not distinct) becomes the default. Returns the name
// of the first field that was changed, or nullptr.
const char* ClampFields(FieldList list, const void* defaults, void* record);

// The same for a record, which a new one gives the defaults of.

template <typename Record>
void Pack(const Record& record, uint8_t* bytes) {
  PackFields(Record::Fields(), &record, bytes);
}

template <typename Record>
Record Unpack(const uint8_t* bytes, size_t size) {
  Record record;
  UnpackFields(Record::Fields(), bytes, size, &record);
  return record;
}

template <typename Record>
const char* Validate(Record* record) {
  const Record defaults;
  return ClampFields(Record::Fields(), &defaults, record);
}

}  // namespace tombola
