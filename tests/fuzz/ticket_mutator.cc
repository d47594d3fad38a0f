// What libFuzzer calls to change an input: half of the changes know what a
// ticket is made of, since hardly any other gets past the checks of its
// sections.
#include <algorithm>
#include <cstring>
#include <random>

#include "firmware/core/nn/operators.h"
#include "tests/fuzz/ticket_parts.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace tombola {
namespace {

using Random = std::minstd_rand;
using Bytes = TicketParts::Bytes;
using Step = TicketParts::Step;

constexpr uint16_t kLastKind = 64;

size_t Roll(Random* random, size_t sides) { return (*random)() % sides; }

// Counts and sizes at which something may change.
uint32_t TellingNumber(const TicketParts& parts, Random* random) {
  constexpr uint32_t kNumbers[] = {
      0,        1,       2,        3,        4,        5,
      7,        8,       9,        16,       31,       32,
      33,       64,      127,      128,      255,      256,
      1000,     4096,    8192,     16383,    16384,    32767,
      32768,    65535,   1u << 16, 1u << 23, 1u << 30, (1u << 31) - 1,
      1u << 31, ~0u - 7, ~0u};
  const size_t pick = Roll(random, std::size(kNumbers) + 4);
  if (pick < std::size(kNumbers)) return kNumbers[pick];
  if (parts.tensors.empty()) return 0;
  const TensorRecord& tensor =
      parts.tensors[Roll(random, parts.tensors.size())];
  switch (pick - std::size(kNumbers)) {
    case 0:
      return tensor.count;
    case 1:
      return tensor.offset;
    case 2:
      return tensor.offset + TensorBytes(tensor);
    default:
      return static_cast<uint32_t>(Roll(random, parts.tensors.size()));
  }
}

void ChangeTensor(TicketParts* parts, Random* random) {
  if (parts->tensors.empty()) return;
  TensorRecord* tensor = &parts->tensors[Roll(random, parts->tensors.size())];
  switch (Roll(random, 8)) {
    case 0:
      tensor->offset = TellingNumber(*parts, random) / 8 * 8;
      break;
    case 1:
      tensor->offset =
          static_cast<uint32_t>(Roll(random, kMaxArenaBytes) / 8 * 8);
      break;
    case 2:
      tensor->count = TellingNumber(*parts, random);
      break;
    case 3:
      tensor->count += static_cast<uint32_t>(Roll(random, 9)) - 4;
      break;
    case 4:
      tensor->type = static_cast<TensorType>(1 + Roll(random, 4));
      break;
    case 5:
      tensor->zero_point = static_cast<int8_t>((*random)() >> 8);
      break;
    case 6:
      tensor->group = static_cast<uint16_t>(Roll(random, 4));
      break;
    default:
      LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(&tensor->scale),
                       sizeof(tensor->scale), sizeof(tensor->scale));
  }
}

void ChangeTensors(TicketParts* parts, Random* random) {
  const size_t count = parts->tensors.size();
  if (count == 0) return;
  const auto one =
      parts->tensors.begin() + static_cast<ptrdiff_t>(Roll(random, count));
  if (Roll(random, 2) == 0) {
    parts->tensors.push_back(*one);
  } else {
    *one = parts->tensors[Roll(random, count)];
  }
}

void ChangePort(TicketParts* parts, Random* random) {
  if (parts->ports.empty()) return;
  PortRecord* port = &parts->ports[Roll(random, parts->ports.size())];
  switch (Roll(random, 3)) {
    case 0:
      port->tensor =
          static_cast<uint16_t>(Roll(random, parts->tensors.size() + 1));
      break;
    case 1:
      port->kind = static_cast<PortKind>(Roll(random, 5));
      break;
    default:
      LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(port), sizeof(*port),
                       sizeof(*port));
  }
}

// A number of one, two or four bytes in an operator's body, most often near
// its beginning, where all but the weights are.
void ChangeNumber(TicketParts* parts, Step* step, Random* random) {
  const size_t width = size_t{1} << Roll(random, 3);
  const size_t reach = Roll(random, 4) == 0
                           ? step->body.size()
                           : std::min<size_t>(64, step->body.size());
  if (reach < width) return;
  uint8_t* at = step->body.data() + Roll(random, reach / width) * width;
  uint32_t number = 0;
  std::memcpy(&number, at, width);
  switch (Roll(random, 3)) {
    case 0:
      number += static_cast<uint32_t>(Roll(random, 9)) - 4;
      break;
    case 1:
      number = static_cast<uint32_t>(Roll(random, parts->tensors.size() + 1));
      break;
    default:
      number = TellingNumber(*parts, random);
  }
  std::memcpy(at, &number, width);
}

void ChangeStep(TicketParts* parts, Random* random) {
  if (parts->plan.empty()) return;
  Step* step = &parts->plan[Roll(random, parts->plan.size())];
  const size_t size = step->body.size();
  switch (Roll(random, 8)) {
    case 0:
      step->kind = static_cast<uint16_t>(Roll(random, kLastKind + 2));
      break;
    case 1:
      step->body.resize(size + 8 * (1 + Roll(random, 16)));
      break;
    case 2:
      step->body.resize(size - std::min(size, 8 * (1 + Roll(random, 16))));
      break;
    case 3:
      if (size > 0) LLVMFuzzerMutate(step->body.data(), size, size);
      break;
    default:
      ChangeNumber(parts, step, random);
  }
}

void ChangePlan(TicketParts* parts, Random* random) {
  const size_t count = parts->plan.size();
  if (count == 0) return;
  const size_t one = Roll(random, count);
  const size_t other = Roll(random, count);
  switch (Roll(random, 3)) {
    case 0:
      parts->plan.push_back(Step(parts->plan[one]));
      break;
    case 1:
      std::swap(parts->plan[one], parts->plan[other]);
      break;
    default:
      parts->plan.erase(parts->plan.begin() + static_cast<ptrdiff_t>(one));
  }
}

// Just as much as the tensors take, so that what lies beyond is not the
// arena's.
void FitArena(TicketParts* parts) {
  uint32_t end = 0;
  for (const TensorRecord& tensor : parts->tensors) {
    if (tensor.count > kMaxElements || tensor.offset > kMaxArenaBytes) continue;
    end = std::max(end, tensor.offset + TensorBytes(tensor));
  }
  parts->arena_bytes = std::min((end + 7) / 8 * 8, kMaxArenaBytes);
}

void Change(TicketParts* parts, Random* random) {
  for (size_t changes = 1 + Roll(random, 3); changes > 0; --changes) {
    switch (Roll(random, 10)) {
      case 0:
      case 1:
      case 2:
        ChangeTensor(parts, random);
        break;
      case 3:
        ChangeTensors(parts, random);
        break;
      case 4:
        ChangePort(parts, random);
        break;
      case 5:
        ChangePlan(parts, random);
        break;
      default:
        ChangeStep(parts, random);
    }
  }
  if (Roll(random, 8) != 0) FitArena(parts);
}

size_t CopyOut(const Bytes& image, uint8_t* data, size_t max_size) {
  if (image.size() > max_size) return 0;
  std::copy(image.begin(), image.end(), data);
  return image.size();
}

}  // namespace
}  // namespace tombola

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size,
                                          size_t max_size, unsigned int seed) {
  tombola::Random random(seed);
  tombola::TicketParts parts;
  if (tombola::Roll(&random, 16) != 0 && parts.Split(data, size)) {
    tombola::Change(&parts, &random);
    const size_t written = tombola::CopyOut(parts.Join(), data, max_size);
    if (written > 0) return written;
  }
  return LLVMFuzzerMutate(data, size, max_size);
}

// Operators of one ticket go into another, with its tensors or without.
extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2,
                                            uint8_t* out, size_t max_out_size,
                                            unsigned int seed) {
  tombola::Random random(seed);
  tombola::TicketParts parts;
  tombola::TicketParts other;
  if (!parts.Split(data1, size1) || !other.Split(data2, size2) ||
      other.plan.empty()) {
    return 0;
  }
  const tombola::Step& step =
      other.plan[tombola::Roll(&random, other.plan.size())];
  const size_t at = tombola::Roll(&random, parts.plan.size() + 1);
  parts.plan.insert(parts.plan.begin() + static_cast<ptrdiff_t>(at), step);
  if (tombola::Roll(&random, 2) == 0) {
    parts.tensors.resize(std::max(parts.tensors.size(), other.tensors.size()));
    std::copy(other.tensors.begin(), other.tensors.end(),
              parts.tensors.begin());
  }
  tombola::FitArena(&parts);
  return tombola::CopyOut(parts.Join(), out, max_out_size);
}
