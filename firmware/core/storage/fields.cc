#include "firmware/core/storage/fields.h"

#include <cstring>

namespace tombola {
namespace {

uint32_t ElementBytes(const RecordField& field) {
  return field.type == FieldType::kFloat ? sizeof(float) : sizeof(uint8_t);
}

uint32_t FieldBytes(const RecordField& field) {
  return field.count * ElementBytes(field);
}

const uint8_t* At(const RecordField& field, const void* record) {
  return static_cast<const uint8_t*>(record) + field.offset;
}

uint8_t* At(const RecordField& field, void* record) {
  return static_cast<uint8_t*>(record) + field.offset;
}

float ReadFloat(const uint8_t* bytes) {
  float value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

float Number(const RecordField& field, const uint8_t* element) {
  return field.type == FieldType::kFloat ? ReadFloat(element)
                                         : static_cast<float>(*element);
}

void PutNumber(const RecordField& field, float number, uint8_t* element) {
  if (field.type == FieldType::kFloat) {
    std::memcpy(element, &number, sizeof(number));
  } else {
    *element = static_cast<uint8_t>(number);
  }
}

bool AreDistinct(const RecordField& field, const uint8_t* elements) {
  const uint32_t bytes = ElementBytes(field);
  for (uint32_t i = 0; i < field.count; ++i) {
    for (uint32_t j = 0; j < i; ++j) {
      if (Number(field, elements + i * bytes) ==
          Number(field, elements + j * bytes)) {
        return false;
      }
    }
  }
  return true;
}

// Returns whether it was changed.
bool ClampField(const RecordField& field, const uint8_t* defaults,
                uint8_t* elements) {
  const uint32_t bytes = ElementBytes(field);
  bool changed = false;
  for (uint32_t i = 0; i < field.count; ++i) {
    uint8_t* element = elements + i * bytes;
    const float number = Number(field, element);
    const Limits& limits = field.limits[i];
    if (number >= limits.low && number <= limits.high) continue;
    changed = true;
    if (number < limits.low && field.type != FieldType::kChoice) {
      PutNumber(field, limits.low, element);
    } else if (number > limits.high && field.type != FieldType::kChoice) {
      PutNumber(field, limits.high, element);
    } else {
      std::memcpy(element, defaults + i * bytes, bytes);
    }
  }
  if (field.distinct && !AreDistinct(field, elements)) {
    std::memcpy(elements, defaults, FieldBytes(field));
    changed = true;
  }
  return changed;
}

}  // namespace

void PackFields(FieldList list, const void* record, uint8_t* bytes) {
  for (size_t i = 0; i < list.count; ++i) {
    const RecordField& field = list.fields[i];
    std::memcpy(bytes, At(field, record), FieldBytes(field));
    bytes += FieldBytes(field);
  }
}

void UnpackFields(FieldList list, const uint8_t* bytes, size_t size,
                  void* record) {
  size_t at = 0;
  for (size_t i = 0; i < list.count; ++i) {
    const RecordField& field = list.fields[i];
    if (FieldBytes(field) > size - at) return;
    std::memcpy(At(field, record), bytes + at, FieldBytes(field));
    at += FieldBytes(field);
  }
}

bool EndsAtField(FieldList list, size_t size) {
  size_t at = 0;
  for (size_t i = 0; i < list.count && at < size; ++i) {
    at += FieldBytes(list.fields[i]);
  }
  return size > 0 && at <= size;
}

const char* ClampFields(FieldList list, const void* defaults, void* record) {
  const char* changed = nullptr;
  for (size_t i = 0; i < list.count; ++i) {
    const RecordField& field = list.fields[i];
    if (ClampField(field, At(field, defaults), At(field, record)) &&
        changed == nullptr) {
      changed = field.name;
    }
  }
  return changed;
}

}  // namespace tombola
