#include "firmware/core/nn/kernels_softmax.h"

#include "firmware/core/nn/clamp.h"
#include "firmware/core/nn/softmax_table.h"

namespace tombola {
namespace {

// Exponentials are summed with 12 bits before the point.
constexpr int kSumBits = 12;
// So that no sum of ones passes 32 bits.
constexpr uint32_t kMaxDepth = (1 << kSumBits) - 1;
constexpr uint32_t kMaxEntries = 256;
constexpr uint32_t kOne = INT32_MAX;  // in 0.31

// Whether both tensors are whole rows of one type, and always all of them.
bool AreRows(const Operator& op, uint16_t input, uint16_t output,
             TensorType type, uint32_t depth, uint32_t* work) {
  if (!MayStream(*op.ticket, input, output)) return false;
  const TensorRecord tensor = op.ticket->tensor(output);
  *work += tensor.count;
  return tensor.type == type && tensor.group == 0 && depth > 0 &&
         tensor.count % depth == 0;
}

bool CheckSoftmaxInt8(const Operator& op, uint32_t* work) {
  if (op.bytes < sizeof(SoftmaxInt8Record)) return false;
  const SoftmaxInt8Record record = Read<SoftmaxInt8Record>(op.body);
  if (record.reserved != 0 || record.entries == 0 ||
      record.entries > kMaxEntries ||
      op.bytes != sizeof(record) + (record.entries + 1) / 2 * 8 ||
      record.depth > kMaxDepth) {
    return false;
  }
  // The largest element of a row is its own: no sum is nothing.
  return Read<uint32_t>(op.body + sizeof(record)) == kOne &&
         AreRows(op, record.input, record.output, kInt8, record.depth, work);
}

template <typename T>
int32_t LargestOf(const T* row, uint32_t depth) {
  int32_t largest = row[0];
  for (uint32_t i = 1; i < depth; ++i) {
    if (row[i] > largest) largest = row[i];
  }
  return largest;
}

// a * b / 2^31, to the nearest with ties up.
constexpr int32_t Product(int32_t a, int32_t b) {
  return static_cast<int32_t>(
      (static_cast<int64_t>(a) * b + (int64_t{1} << 30)) >> 31);
}

// 2^30 / x for x in 2^31..2^32-1, in 0.31 fixed point, by the reference's three
// steps of Newton's method from its first guess, 48/17 - 32/17 d with d = x /
// 2^32 (gemmlowp, fixedpoint.h). The guess is off by at most 1/17 of it, and
// each step squares that, so all stays within 2.29 fixed point: below 2.
int32_t Reciprocal(uint32_t x) {
  constexpr int32_t kOneIn2 = 1 << 29;
  const int32_t d = static_cast<int32_t>(x / 2);
  int32_t y = 1515870810 + Product(d, -1010580540);
  for (int i = 0; i < 3; ++i) y += Product(y, kOneIn2 - Product(d, y)) * 4;
  return y >= 1 << 30 ? INT32_MAX : y * 2;
}

// A row that adds up to 512 or more leaves nothing of any element here, and
// makes the reference abort.
void SoftmaxOfRow(const int8_t* x, int8_t* y, const SoftmaxInt8Record& record,
                  const uint32_t* exponentials) {
  const uint32_t depth = record.depth;
  const uint32_t entries = record.entries;
  const int32_t largest = LargestOf(x, depth);
  uint32_t sum = 0;
  for (uint32_t i = 0; i < depth; ++i) {
    const uint32_t distance = static_cast<uint32_t>(largest - x[i]);
    if (distance >= entries) continue;
    constexpr uint32_t kHalf = 1u << (kSumBits - 1);
    sum += (exponentials[distance] + kHalf) >> kSumBits;
  }
  // The largest element adds 2^19, so 12 bits at most are free.
  const int up = __builtin_clz(sum);
  const int shift = kSumBits - up + 31 - 8;
  const int down = shift > 31 ? 31 : shift;
  const uint32_t scale =
      shift > 31 ? 0 : static_cast<uint32_t>(Reciprocal(sum << up));
  const uint32_t half = 1u << (down - 1);
  for (uint32_t i = 0; i < depth; ++i) {
    const uint32_t distance = static_cast<uint32_t>(largest - x[i]);
    uint32_t share = 0;
    if (distance < entries) {
      const uint64_t product =
          static_cast<uint64_t>(scale) * exponentials[distance];
      const uint32_t whole =
          static_cast<uint32_t>((product + (uint64_t{1} << 30)) >> 31);
      share = (whole + half) >> down;
    }
    y[i] = static_cast<int8_t>((share > 255 ? 255 : share) - 128);
  }
}

void RunSoftmaxInt8(const Operator& op, uint8_t* memory) {
  const SoftmaxInt8Record record = Read<SoftmaxInt8Record>(op.body);
  const TensorRecord output = op.ticket->tensor(record.output);
  const int8_t* x = Elements<int8_t>(op.ticket->tensor(record.input), memory);
  int8_t* y = Elements<int8_t>(output, memory);
  const uint32_t* exponentials =
      reinterpret_cast<const uint32_t*>(op.body + sizeof(record));
  for (uint32_t i = 0; i < output.count; i += record.depth) {
    SoftmaxOfRow(x + i, y + i, record, exponentials);
  }
}

// A distance is at most 65535, so shifted to the left by 14 below 2^30.
bool CheckSoftmaxInt16(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(SoftmaxInt16Record)) return false;
  const SoftmaxInt16Record record = Read<SoftmaxInt16Record>(op.body);
  return IsValid(record.scale) && record.scale.left <= 14 &&
         AreRows(op, record.input, record.output, kInt16, record.depth, work);
}

void SoftmaxOfRow(const int16_t* x, int16_t* y, uint32_t depth, int32_t twice,
                  const Scaling& scale) {
  const int32_t largest = LargestOf(x, depth);
  // Up to 16384 elements of 2^15, and no less than the largest one's, of
  // nearly 2^15.
  uint32_t sum = 0;
  for (uint32_t i = 0; i < depth; ++i) {
    // 10 is 65535, and exp(-10) is taken for all that is further.
    const int32_t at =
        Saturate<int16_t>(scale.OfHalf((x[i] - largest) * twice, INT16_MAX));
    const int32_t share = Interpolate(kSoftmaxTables.exponential, at);
    sum += static_cast<uint32_t>(share);
    y[i] = static_cast<int16_t>(share);
  }
  const int up = __builtin_clz(sum);
  // In 1..2 as 65536..131072, and less one over all of int16.
  const uint32_t mantissa = ((sum << (up - 1)) + (1u << 13)) >> 14;
  const int32_t at =
      Saturate<int16_t>(static_cast<int32_t>(mantissa) - 65536 - 32768);
  const int32_t reciprocal = Interpolate(kSoftmaxTables.reciprocal, at);
  const int down = 31 - up;
  const int32_t half = 1 << (down - 1);
  for (uint32_t i = 0; i < depth; ++i) {
    y[i] = Saturate<int16_t>((y[i] * reciprocal + half) >> down);
  }
}

void RunSoftmaxInt16(const Operator& op, uint8_t* memory) {
  const SoftmaxInt16Record record = Read<SoftmaxInt16Record>(op.body);
  const TensorRecord output = op.ticket->tensor(record.output);
  const int16_t* x = Elements<int16_t>(op.ticket->tensor(record.input), memory);
  int16_t* y = Elements<int16_t>(output, memory);
  const int32_t twice = 2 << record.scale.left;
  const Scaling scale(record.scale);
  for (uint32_t i = 0; i < output.count; i += record.depth) {
    SoftmaxOfRow(x + i, y + i, record.depth, twice, scale);
  }
}

}  // namespace

const OperatorFunctions kSoftmaxInt8Functions = {CheckSoftmaxInt8,
                                                 RunSoftmaxInt8};
const OperatorFunctions kSoftmaxInt16Functions = {CheckSoftmaxInt16,
                                                  RunSoftmaxInt16};

}  // namespace tombola
