#include "firmware/core/nn/kernels_dense.h"

#include <cstring>
#include <limits>

#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/fixed_point.h"

namespace tombola {
namespace {

bool CheckDense(const Operator& op, uint32_t* work) {
  if (op.bytes < sizeof(DenseRecord) + sizeof(MatrixRecord)) return false;
  const auto record = Read<DenseRecord>(op.body);
  const auto matrix = Read<MatrixRecord>(op.body + sizeof(record));
  const uint32_t tensors = static_cast<uint32_t>(op.ticket->tensors());
  if (record.input >= tensors || record.output >= tensors ||
      record.scratch >= tensors || record.batches == 0 ||
      record.low > record.high || record.reserved != 0) {
    return false;
  }
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const TensorRecord scratch = op.ticket->tensor(record.scratch);
  const uint32_t batches = record.batches;
  const uint32_t columns = RoundUpToLanes(matrix.columns);
  const uint32_t rows = RoundUpToLanes(matrix.rows);
  const uint32_t longest = columns > rows ? columns : rows;
  const uint32_t scratch_bytes =
      columns * sizeof(int16_t) +
      (batches > 1 ? longest * ElementBytes(output.type) : 0);
  if (!IsValid(matrix, input.type) || output.type != input.type ||
      input.count != batches * matrix.columns ||
      output.count != batches * matrix.rows ||
      (batches > 1 && (input.group != 0 || output.group != 0)) ||
      TensorBytes(scratch) < scratch_bytes || !AreApart(input, output) ||
      !AreApart(input, scratch) || !AreApart(output, scratch) ||
      op.bytes != sizeof(record) + MatrixBytes(matrix)) {
    return false;
  }
  *work += batches * columns * rows;
  return true;
}

void ClampAll(int8_t* y, uint32_t count, int32_t low, int32_t high) {
  for (uint32_t i = 0; i < count; ++i) {
    y[i] = static_cast<int8_t>(Clamp(y[i], low, high));
  }
}

// By twos: there is room for whole lanes.
void ClampAll(int16_t* y, uint32_t count, int32_t low, int32_t high) {
  const uint32_t lows = static_cast<uint16_t>(low) * kOnes;
  const uint32_t highs = static_cast<uint16_t>(high) * kOnes;
  for (uint32_t i = 0; i < count; i += 2) {
    const auto pair = Read<uint32_t>(y + i);
    Write(SmallerHalves(LargerHalves(pair, lows), highs), y + i);
  }
}

template <typename T>
void RunDense(const Operator& op, const DenseRecord& record, uint8_t* memory) {
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const uint8_t* matrix = op.body + sizeof(record);
  int16_t* scratch =
      Elements<int16_t>(op.ticket->tensor(record.scratch), memory);
  const T* x = Elements<T>(input, memory);
  T* y = Elements<T>(output, memory);
  const uint32_t columns = Count(op, input) / record.batches;
  const uint32_t rows = Count(op, output) / record.batches;
  if (record.batches == 1) {
    Multiply(matrix, Widen(x, columns, input.zero_point, scratch), rows, y);
  } else {
    // One behind another, vectors do not begin at whole words.
    T* product = reinterpret_cast<T*>(scratch + RoundUpToLanes(columns));
    T* one = sizeof(T) == 1 ? product : reinterpret_cast<T*>(scratch);
    for (uint32_t i = 0; i < record.batches; ++i) {
      std::memcpy(one, x + i * columns, columns * sizeof(T));
      Multiply(matrix, Widen(one, columns, input.zero_point, scratch), rows,
               product);
      std::memcpy(y + i * rows, product, rows * sizeof(T));
    }
  }
  using Limits = std::numeric_limits<T>;
  if (record.low <= Limits::min() && record.high >= Limits::max()) return;
  ClampAll(y, rows * record.batches, record.low, record.high);
}

void RunDense(const Operator& op, uint8_t* memory) {
  const auto record = Read<DenseRecord>(op.body);
  if (op.ticket->tensor(record.input).type == kInt8) {
    RunDense<int8_t>(op, record, memory);
  } else {
    RunDense<int16_t>(op, record, memory);
  }
}

}  // namespace

const OperatorFunctions kDenseFunctions = {CheckDense, RunDense};

}  // namespace tombola
