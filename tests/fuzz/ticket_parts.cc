#include "tests/fuzz/ticket_parts.h"

#include <cstring>

#include "firmware/core/nn/checksum.h"

namespace tombola {
namespace {

using Bytes = TicketParts::Bytes;

// Reads as many whole records as there are.
template <typename T>
std::vector<T> Records(const Bytes& section) {
  std::vector<T> records(section.size() / sizeof(T));
  if (!records.empty()) {
    std::memcpy(records.data(), section.data(), records.size() * sizeof(T));
  }
  return records;
}

void Append(Bytes* bytes, const void* data, size_t size) {
  const uint8_t* begin = static_cast<const uint8_t*>(data);
  bytes->insert(bytes->end(), begin, begin + size);
}

template <typename T>
Bytes Flat(const std::vector<T>& records) {
  Bytes bytes;
  Append(&bytes, records.data(), records.size() * sizeof(T));
  return bytes;
}

std::vector<TicketParts::Step> Steps(const Bytes& section) {
  std::vector<TicketParts::Step> steps;
  for (size_t at = 0; at + sizeof(OperatorRecord) <= section.size();) {
    OperatorRecord record;
    std::memcpy(&record, section.data() + at, sizeof(record));
    if (record.bytes < sizeof(record) || record.bytes > section.size() - at) {
      break;
    }
    const auto body = section.begin() + static_cast<ptrdiff_t>(at);
    steps.push_back({record.kind, Bytes(body + sizeof(record),
                                        body + ptrdiff_t{record.bytes})});
    at += record.bytes;
  }
  return steps;
}

Bytes Flat(const std::vector<TicketParts::Step>& steps) {
  Bytes bytes;
  for (const TicketParts::Step& step : steps) {
    const OperatorRecord record = {
        step.kind, 0,
        static_cast<uint32_t>(sizeof(OperatorRecord) + step.body.size())};
    Append(&bytes, &record, sizeof(record));
    Append(&bytes, step.body.data(), step.body.size());
  }
  return bytes;
}

}  // namespace

bool TicketParts::Split(const uint8_t* image, size_t size) {
  HeaderRecord header;
  if (size < sizeof(header)) return false;
  std::memcpy(&header, image, sizeof(header));
  Bytes sections[kSections];
  for (int i = 0; i < kSections; ++i) {
    const SectionRecord& section = header.sections[i];
    if (section.offset > size || section.size > size - section.offset) {
      return false;
    }
    sections[i].assign(image + section.offset,
                       image + section.offset + section.size);
  }
  if (sections[kVoice].size() != sizeof(VoiceRecord)) return false;
  arena_bytes = header.arena_bytes;
  std::memcpy(&voice, sections[kVoice].data(), sizeof(voice));
  tensors = Records<TensorRecord>(sections[kTensors]);
  ports = Records<PortRecord>(sections[kPorts]);
  plan = Steps(sections[kPlan]);
  return true;
}

Bytes TicketParts::Join() const {
  const Bytes sections[kSections] = {Flat(std::vector<VoiceRecord>{voice}),
                                     Flat(tensors), Flat(ports), Flat(plan),
                                     Bytes()};
  HeaderRecord header = {};
  header.header_bytes = sizeof(header);
  header.arena_bytes = arena_bytes;
  Bytes image(sizeof(header));
  for (int i = 0; i < kSections; ++i) {
    header.sections[i] = {static_cast<uint32_t>(image.size()),
                          static_cast<uint32_t>(sections[i].size())};
    Append(&image, sections[i].data(), sections[i].size());
    image.resize((image.size() + kTicketAlignment - 1) / kTicketAlignment *
                 kTicketAlignment);
  }
  std::memcpy(image.data(), &header, sizeof(header));
  Seal(&image);
  return image;
}

void Seal(std::vector<uint8_t>* image) {
  if (image->size() < sizeof(HeaderRecord)) return;
  HeaderRecord header;
  std::memcpy(&header, image->data(), sizeof(header));
  std::memcpy(header.magic, kTicketMagic, sizeof(kTicketMagic));
  header.version = kTicketVersion;
  header.size = static_cast<uint32_t>(image->size());
  std::memcpy(image->data(), &header, sizeof(header));
  header.checksum =
      Checksum(image->data() + kChecksumBegin, header.size - kChecksumBegin);
  std::memcpy(image->data(), &header, sizeof(header));
}

}  // namespace tombola
