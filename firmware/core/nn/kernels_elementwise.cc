#include "firmware/core/nn/kernels_elementwise.h"

namespace tombola {
namespace {

// The reference shifts the inputs of a sum left by 15; one more for OfHalf.
constexpr int32_t kAddShift = 1 << 16;

bool IsInt16(const Ticket& ticket, uint16_t tensor) {
  return tensor < ticket.tensors() && ticket.tensor(tensor).type == kInt16;
}

bool IsValidBinary(const Operator& op, const BinaryRecord& record,
                   uint32_t* work) {
  if (!IsInt16(*op.ticket, record.output) ||
      !MayStream(*op.ticket, record.a, record.output) ||
      !MayStream(*op.ticket, record.b, record.output) || record.reserved != 0 ||
      record.low > record.high) {
    return false;
  }
  *work += op.ticket->tensor(record.output).count;
  return true;
}

// Calls kernel(a, b) for each pair of elements and stores its clamped result.
template <typename Kernel>
void ForEachPair(const Operator& op, const BinaryRecord& record,
                 uint8_t* memory, Kernel kernel) {
  const TensorRecord output = op.ticket->tensor(record.output);
  const int16_t* a = Elements<int16_t>(op.ticket->tensor(record.a), memory);
  const int16_t* b = Elements<int16_t>(op.ticket->tensor(record.b), memory);
  int16_t* y = Elements<int16_t>(output, memory);
  const int32_t low = record.low;
  const int32_t high = record.high;
  const uint32_t count = Count(op, output);
  for (uint32_t i = 0; i < count; ++i) {
    y[i] = static_cast<int16_t>(Clamp(kernel(a[i], b[i]), low, high));
  }
}

// Inputs are at most 2^30 in size when they are shifted, and the factors of a
// and b at most 1/2 (the left shifts are zero), which leaves terms of 2^29.
// Only a negative input times a negative factor is exactly that: a's may not be
// negative, so a sum is below 2^30 and twice of it fits.
bool IsValidTerm(const Multiplier& factor) {
  constexpr int32_t kHalf = 1 << 30;
  return IsValid(factor) && factor.left == 0 &&
         (factor.right >= 1 ||
          (factor.multiplier >= -kHalf && factor.multiplier <= kHalf));
}

bool CheckAdd(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(AddRecord)) return false;
  const AddRecord record = Read<AddRecord>(op.body);
  return record.reserved == 0 && IsValidTerm(record.a_scale) &&
         record.a_scale.multiplier >= 0 && IsValidTerm(record.b_scale) &&
         IsValid(record.sum_scale) && record.sum_scale.left == 0 &&
         IsValidBinary(op, record.tensors, work);
}

void RunAdd(const Operator& op, uint8_t* memory) {
  const AddRecord record = Read<AddRecord>(op.body);
  const Scaling a_scale(record.a_scale);
  const Scaling b_scale(record.b_scale);
  const Scaling sum_scale(record.sum_scale);
  ForEachPair(op, record.tensors, memory, [=](int32_t a, int32_t b) {
    const int32_t sum =
        a_scale.OfHalf(a * kAddShift) + b_scale.OfHalf(b * kAddShift);
    return sum_scale.OfHalf(
        static_cast<int32_t>(static_cast<uint32_t>(sum) * 2));
  });
}

bool CheckAddShifted(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(AddShiftedRecord)) return false;
  const AddShiftedRecord record = Read<AddShiftedRecord>(op.body);
  return record.reserved == 0 && record.a_right <= kMaxRightShift &&
         record.b_right <= kMaxRightShift &&
         (record.sign == 1 || record.sign == -1) &&
         IsValidBinary(op, record.tensors, work);
}

void RunAddShifted(const Operator& op, uint8_t* memory) {
  const AddShiftedRecord record = Read<AddShiftedRecord>(op.body);
  const RoundingShift a_right(record.a_right);
  const RoundingShift b_right(record.b_right);
  const int32_t sign = record.sign;
  ForEachPair(op, record.tensors, memory, [=](int32_t a, int32_t b) {
    return a_right(a) + sign * b_right(b);
  });
}

bool CheckMultiply(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(MultiplyRecord)) return false;
  const MultiplyRecord record = Read<MultiplyRecord>(op.body);
  return record.reserved == 0 && IsValid(record.scale) &&
         record.scale.left == 0 && IsValidBinary(op, record.tensors, work);
}

void RunMultiply(const Operator& op, uint8_t* memory) {
  const MultiplyRecord record = Read<MultiplyRecord>(op.body);
  const Scaling scale(record.scale);
  ForEachPair(op, record.tensors, memory,
              [=](int32_t a, int32_t b) { return scale(a * b); });
}

}  // namespace

const OperatorFunctions kAddFunctions = {CheckAdd, RunAdd};
const OperatorFunctions kAddShiftedFunctions = {CheckAddShifted, RunAddShifted};
const OperatorFunctions kMultiplyFunctions = {CheckMultiply, RunMultiply};

}  // namespace tombola
