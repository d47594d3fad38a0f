#include "firmware/core/nn/kernels_elementwise.h"

#include "firmware/core/nn/clamp.h"

namespace tombola {
namespace {

// By how much the reference shifts the inputs of a sum to the left.
template <typename T>
constexpr int kAddShift = sizeof(T) == 1 ? 20 : 15;

bool IsValidTriple(const Operator& op, uint16_t a, uint16_t b, uint16_t output,
                   uint32_t* work) {
  if (!MayStream(*op.ticket, a, output) || !MayStream(*op.ticket, b, output)) {
    return false;
  }
  const TensorRecord tensor = op.ticket->tensor(output);
  *work += tensor.count;
  return tensor.type == kInt8 || tensor.type == kInt16;
}

bool IsValidBinary(const Operator& op, const BinaryRecord& record,
                   uint32_t* work) {
  return record.reserved == 0 &&
         IsValidTriple(op, record.a, record.b, record.output, work) &&
         AreBounds(op.ticket->tensor(record.output).type, record.low,
                   record.high);
}

// Where the elements are, and what of the tensors the kernels need.
struct Operands {
  const uint8_t* a;
  const uint8_t* b;
  uint8_t* y;
  uint32_t count;
  int32_t a_zero;
  int32_t b_zero;
  int32_t y_zero;
  bool are_int16;
};

Operands FindOperands(const Operator& op, uint8_t* memory) {
  // Every record of this family begins with these three.
  const ExtremeRecord record = Read<ExtremeRecord>(op.body);
  const TensorRecord a = op.ticket->tensor(record.a);
  const TensorRecord b = op.ticket->tensor(record.b);
  const TensorRecord y = op.ticket->tensor(record.output);
  return {Elements<uint8_t>(a, memory),
          Elements<uint8_t>(b, memory),
          Elements<uint8_t>(y, memory),
          Count(op, y),
          a.zero_point,
          b.zero_point,
          y.zero_point,
          y.type == kInt16};
}

bool AreInt16(const Operator& op, uint16_t tensor) {
  return op.ticket->tensor(tensor).type == kInt16;
}

// Stores kernel(a, b) for each pair of elements, saturated, and holds the
// results within the record's bounds. Whole lanes, for which there is room: a
// step of the loop costs two instructions, an element of it half of one.
template <typename T, typename Kernel>
void ForEachPair(const Operands& operands, const BinaryRecord& record,
                 Kernel kernel) {
  const T* a = reinterpret_cast<const T*>(operands.a);
  const T* b = reinterpret_cast<const T*>(operands.b);
  T* y = reinterpret_cast<T*>(operands.y);
  for (T* end = y + RoundUpToLanes(operands.count); y != end;
       a += kLanes, b += kLanes, y += kLanes) {
#pragma GCC unroll 4
    for (uint32_t i = 0; i < kLanes; ++i)
      y[i] = Saturate<T>(kernel(a[i], b[i]));
  }
  ClampElements(reinterpret_cast<T*>(operands.y), operands.count, record.low,
                record.high);
}

bool IsSign(int8_t sign) { return sign == 1 || sign == -1; }

// At most 1/2, and when the right shift is 0 no less: where both inputs have
// one scale.
bool IsValidTerm(const Multiplier& factor) {
  return IsValid(factor) && factor.left == 0 &&
         (factor.right >= 1 || factor.multiplier == 1 << 30);
}

bool CheckAdd(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(AddRecord)) return false;
  const AddRecord record = Read<AddRecord>(op.body);
  return record.reserved == 0 && IsSign(record.a_sign) &&
         IsSign(record.b_sign) && record.a_sign + record.b_sign >= 0 &&
         IsValidTerm(record.b_scale) && IsValid(record.sum_scale) &&
         record.sum_scale.right >= 1 && IsValidBinary(op, record.tensors, work);
}

// Shifted to the left an input is at most 2^30 in size (255 << 20 in int8), so
// each of the two terms is at most 2^29. Only -2^29 is that large, and not both
// signs are negative: the sum is in -2^30..2^30-1, and twice of it fits.
//
// Where b is not shifted to the right, all is done with half the terms, which
// are whole.
template <typename T>
void Add(const Operands& operands, const AddRecord& record) {
  constexpr bool kHasZero = sizeof(T) == 1;
  const int halved = record.b_scale.right == 0;
  const int up = 1 + halved;
  const int32_t a_step = (1 << (kAddShift<T> - 1)) >> halved;
  const int32_t a_factor = record.a_sign < 0 ? -a_step : a_step;
  const int32_t a_offset = kHasZero ? -operands.a_zero * a_factor : 0;
  const int32_t twice_b = 2 << kAddShift<T>;
  const int32_t b_offset = kHasZero ? -operands.b_zero * twice_b : 0;
  const int32_t b_multiplier = record.b_scale.multiplier;
  const int32_t b_sign = record.b_sign;
  const RoundingDivision b_right(record.b_scale.right + halved);
  const int32_t sum_multiplier = record.sum_scale.multiplier;
  const RoundingDivision sum_right(record.sum_scale.right);
  const int32_t zero = kHasZero ? operands.y_zero : 0;
  ForEachPair<T>(operands, record.tensors, [&](int32_t a, int32_t b) {
    const int32_t scaled_b =
        b_sign * RoundedHighProduct(b * twice_b + b_offset, b_multiplier);
    const int32_t sum = b_right(scaled_b, a * a_factor + a_offset);
    const int32_t twice =
        static_cast<int32_t>(static_cast<uint32_t>(sum) << up);
    return sum_right(RoundedHighProduct(twice, sum_multiplier), zero);
  });
}

void RunAdd(const Operator& op, uint8_t* memory) {
  const AddRecord record = Read<AddRecord>(op.body);
  const Operands operands = FindOperands(op, memory);
  if (operands.are_int16) {
    Add<int16_t>(operands, record);
  } else {
    Add<int8_t>(operands, record);
  }
}

bool CheckAddShifted(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(AddShiftedRecord)) return false;
  const AddShiftedRecord record = Read<AddShiftedRecord>(op.body);
  return record.reserved == 0 && record.a_right <= kMaxRightShift &&
         record.b_right <= kMaxRightShift && IsSign(record.sign) &&
         IsValidBinary(op, record.tensors, work) &&
         AreInt16(op, record.tensors.output);
}

void RunAddShifted(const Operator& op, uint8_t* memory) {
  const AddShiftedRecord record = Read<AddShiftedRecord>(op.body);
  const RoundingShift a_right(record.a_right);
  const RoundingShift b_right(record.b_right);
  const int32_t sign = record.sign;
  const Operands operands = FindOperands(op, memory);
  ForEachPair<int16_t>(operands, record.tensors, [&](int32_t a, int32_t b) {
    return b_right(sign * b, a_right(a));
  });
}

// Of what RoundingShift may not shift by nothing, 2^30, there is one: (-2^15)^2
// times the largest multiplier.
bool CheckMultiply(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(MultiplyRecord)) return false;
  const MultiplyRecord record = Read<MultiplyRecord>(op.body);
  if (record.reserved != 0 || !IsValid(record.scale) ||
      !IsValidBinary(op, record.tensors, work)) {
    return false;
  }
  if (!AreInt16(op, record.tensors.output)) return record.scale.left <= 14;
  return record.scale.left == 0 &&
         (record.scale.right > 0 || record.scale.multiplier < INT32_MAX);
}

// A product is at most 2^30 in size, shifted to the left 255^2 * 2^14, which is
// below that. Twice of 2^30 passes 32 bits, minus twice does not: so the
// multiplier's sign is turned, too.
template <typename T>
void Multiply(const Operands& operands, const MultiplyRecord& record) {
  constexpr bool kHasZero = sizeof(T) == 1;
  const int32_t a_zero = kHasZero ? operands.a_zero : 0;
  const int32_t b_zero = kHasZero ? operands.b_zero : 0;
  const int32_t y_zero = kHasZero ? operands.y_zero : 0;
  const int32_t minus_twice = -(2 << record.scale.left);
  const int32_t minus_multiplier = -record.scale.multiplier;
  const RoundingShift right(record.scale.right);
  ForEachPair<T>(operands, record.tensors, [&](int32_t a, int32_t b) {
    const int32_t product = (a - a_zero) * (b - b_zero) * minus_twice;
    return right(RoundedHighProduct(product, minus_multiplier), y_zero);
  });
}

void RunMultiply(const Operator& op, uint8_t* memory) {
  const MultiplyRecord record = Read<MultiplyRecord>(op.body);
  const Operands operands = FindOperands(op, memory);
  if (operands.are_int16) {
    Multiply<int16_t>(operands, record);
  } else {
    Multiply<int8_t>(operands, record);
  }
}

bool CheckExtreme(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(ExtremeRecord)) return false;
  const ExtremeRecord record = Read<ExtremeRecord>(op.body);
  return record.reserved == 0 &&
         IsValidTriple(op, record.a, record.b, record.output, work);
}

// Takes a word, which is four bytes or two halves, at a time.
template <typename Choose>
void ForEachWord(const Operands& operands, Choose choose) {
  const uint8_t* a = operands.a;
  const uint8_t* b = operands.b;
  uint8_t* y = operands.y;
  const uint32_t bytes = RoundUpToLanes(operands.count)
                         << (operands.are_int16 ? 1 : 0);
  for (uint8_t* end = y + bytes; y != end; a += 4, b += 4, y += 4) {
    Write(choose(Read<uint32_t>(a), Read<uint32_t>(b)), y);
  }
}

void RunMaximum(const Operator& op, uint8_t* memory) {
  const Operands operands = FindOperands(op, memory);
  if (operands.are_int16) {
    ForEachWord(operands,
                [](uint32_t a, uint32_t b) { return MaximumOfPairs(a, b); });
  } else {
    ForEachWord(operands,
                [](uint32_t a, uint32_t b) { return MaximumOfBytes(a, b); });
  }
}

void RunMinimum(const Operator& op, uint8_t* memory) {
  const Operands operands = FindOperands(op, memory);
  if (operands.are_int16) {
    ForEachWord(operands,
                [](uint32_t a, uint32_t b) { return MinimumOfPairs(a, b); });
  } else {
    ForEachWord(operands,
                [](uint32_t a, uint32_t b) { return MinimumOfBytes(a, b); });
  }
}

}  // namespace

const OperatorFunctions kAddFunctions = {CheckAdd, RunAdd};
const OperatorFunctions kAddShiftedFunctions = {CheckAddShifted, RunAddShifted};
const OperatorFunctions kMultiplyFunctions = {CheckMultiply, RunMultiply};
const OperatorFunctions kMaximumFunctions = {CheckExtreme, RunMaximum};
const OperatorFunctions kMinimumFunctions = {CheckExtreme, RunMinimum};

}  // namespace tombola
