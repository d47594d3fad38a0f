#include "firmware/core/nn/kernels_dense.h"

#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/fixed_point.h"

namespace tombola {
namespace {

constexpr double kTwoTo31 = 2147483648.0;

// Whether no sum that fits in 32 bits can leave them when it is scaled. NaN
// fails every comparison.
bool IsValidRow(const RowRecord& row) {
  const double size = row.bias < 0.0 ? -row.bias : row.bias;
  return size <= kTwoTo31 && row.scale >= 0.0 &&
         (kTwoTo31 + size) * row.scale < kTwoTo31 - 1.0;
}

bool CheckDense(const Operator& op, uint32_t* work) {
  if (op.bytes < sizeof(DenseRecord)) return false;
  const DenseRecord record = Read<DenseRecord>(op.body);
  if (record.input >= op.ticket->tensors() ||
      record.output >= op.ticket->tensors() || record.low > record.high) {
    return false;
  }
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const uint32_t weight_bytes = RoundUpToLanes(input.count) * kLanes;
  const uint32_t block_bytes = weight_bytes + kLanes * sizeof(RowRecord);
  const uint32_t blocks = RoundUpToLanes(output.count) / kLanes;
  if (input.type != kInt16 || output.type != kInt16 ||
      !AreApart(input, output) ||
      op.bytes != sizeof(DenseRecord) + blocks * block_bytes) {
    return false;
  }
  const uint8_t* block = op.body + sizeof(DenseRecord);
  for (uint32_t i = 0; i < blocks; ++i, block += block_bytes) {
    for (uint32_t row = 0; row < kLanes; ++row) {
      const uint8_t* bytes = block + weight_bytes + row * sizeof(RowRecord);
      if (!IsValidRow(Read<RowRecord>(bytes))) return false;
    }
  }
  *work += RoundUpToLanes(input.count) * RoundUpToLanes(output.count);
  return true;
}

// To the nearest whole number, ties away from zero: what round() does, which is
// in libm. The Cortex-M7 has it as one instruction.
inline int32_t RoundToNearest(double value) {
#if defined(__ARM_ARCH_7EM__) && (__ARM_FP & 8)
  float bits;
  asm("vcvta.s32.f64 %0, %P1" : "=t"(bits) : "w"(value));
  return Read<int32_t>(&bits);
#else
  const int32_t whole = static_cast<int32_t>(value);
  const double rest = value - whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
#endif
}

struct Sums {
  uint32_t rows[kLanes];
};

// Adds up four rows, four columns at a time. On its own it has registers
// enough.
__attribute__((noinline)) Sums SumFourRows(const uint8_t* weights,
                                           const int16_t* x, uint32_t columns) {
  uint32_t sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
  const int16_t* end = x + columns;
  for (; x != end; x += kLanes, weights += kLanes * kLanes) {
    const uint32_t x01 = Read<uint32_t>(x);
    const uint32_t x23 = Read<uint32_t>(x + 2);
    const uint32_t row0 = Read<uint32_t>(weights);
    sum0 = DotPairs(WidenEvenBytes(row0), x01, sum0);
    sum0 = DotPairs(WidenOddBytes(row0), x23, sum0);
    const uint32_t row1 = Read<uint32_t>(weights + 4);
    sum1 = DotPairs(WidenEvenBytes(row1), x01, sum1);
    sum1 = DotPairs(WidenOddBytes(row1), x23, sum1);
    const uint32_t row2 = Read<uint32_t>(weights + 8);
    sum2 = DotPairs(WidenEvenBytes(row2), x01, sum2);
    sum2 = DotPairs(WidenOddBytes(row2), x23, sum2);
    const uint32_t row3 = Read<uint32_t>(weights + 12);
    sum3 = DotPairs(WidenEvenBytes(row3), x01, sum3);
    sum3 = DotPairs(WidenOddBytes(row3), x23, sum3);
  }
  return {{sum0, sum1, sum2, sum3}};
}

void RunDense(const Operator& op, uint8_t* memory) {
  const DenseRecord record = Read<DenseRecord>(op.body);
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const int16_t* x = Elements<int16_t>(input, memory);
  int16_t* y = Elements<int16_t>(output, memory);
  const uint32_t columns = RoundUpToLanes(Count(op, input));
  const uint32_t stride = RoundUpToLanes(input.count) * kLanes;
  const uint32_t rows = Count(op, output);
  const uint8_t* bytes = op.body + sizeof(DenseRecord);
  for (uint32_t row = 0; row < rows; row += kLanes) {
    const Sums sums = SumFourRows(bytes, x, columns);
    bytes += stride;
    for (uint32_t lane = 0; lane < kLanes; ++lane) {
      const double bias = Read<double>(bytes);
      const double scale = Read<double>(bytes + sizeof(double));
      bytes += sizeof(RowRecord);
      // Exact: both are whole numbers below 2^32.
      const double sum = static_cast<int32_t>(sums.rows[lane]) + bias;
      y[row + lane] = static_cast<int16_t>(
          Clamp(RoundToNearest(sum * scale), record.low, record.high));
    }
  }
}

}  // namespace

const OperatorFunctions kDenseFunctions = {CheckDense, RunDense};

}  // namespace tombola
