#include "firmware/core/nn/kernels_copy.h"

#include <cstring>

namespace tombola {
namespace {

// The lowest and the highest offset that the runs of a copy begin at.
struct Reach {
  int64_t low;
  int64_t high;

  // Counts are at most 2^16 and strides 2^31, which leaves five far from 2^63.
  void Extend(uint32_t count, int32_t stride) {
    const int64_t far = static_cast<int64_t>(count - 1) * stride;
    (far < 0 ? low : high) += far;
  }

  bool IsInside(const TensorRecord& tensor, uint32_t run) const {
    return low >= 0 && high + run <= TensorBytes(tensor);
  }
};

// A tensor whose width changes has no fixed place for what lies behind it.
bool IsWhole(const Operator& op, uint16_t tensor) {
  return tensor < op.ticket->tensors() && op.ticket->tensor(tensor).group == 0;
}

uint32_t Dimensions(const Operator& op) {
  return (op.bytes - sizeof(CopyRecord)) / sizeof(CopyDimension);
}

CopyDimension DimensionAt(const Operator& op, uint32_t index) {
  return Read<CopyDimension>(op.body + sizeof(CopyRecord) +
                             index * sizeof(CopyDimension));
}

bool CheckCopy(const Operator& op, uint32_t* work) {
  if (op.bytes < sizeof(CopyRecord) ||
      (op.bytes - sizeof(CopyRecord)) % sizeof(CopyDimension) != 0 ||
      Dimensions(op) > kMaxCopyDimensions) {
    return false;
  }
  const CopyRecord record = Read<CopyRecord>(op.body);
  if (!IsWhole(op, record.input) || !IsWhole(op, record.output) ||
      record.run == 0 || record.run > kMaxArenaBytes) {
    return false;
  }
  Reach read = {record.input_offset, record.input_offset};
  Reach written = {record.output_offset, record.output_offset};
  uint64_t bytes = record.run;
  for (uint32_t i = 0; i < Dimensions(op); ++i) {
    const CopyDimension dimension = DimensionAt(op, i);
    if (dimension.count < 2 || dimension.count > kMaxArenaBytes ||
        dimension.reserved != 0) {
      return false;
    }
    read.Extend(dimension.count, dimension.input_stride);
    written.Extend(dimension.count, dimension.output_stride);
    bytes *= dimension.count;
    if (bytes > kMaxWork) return false;
  }
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  *work += static_cast<uint32_t>(bytes);
  return AreApart(input, output) && read.IsInside(input, record.run) &&
         written.IsInside(output, record.run);
}

template <typename Word>
void CopyWords(const uint8_t* from, uint8_t* to,
               const CopyDimension& dimension) {
  for (uint32_t i = 0; i < dimension.count; ++i) {
    std::memcpy(to, from, sizeof(Word));
    from += dimension.input_stride;
    to += dimension.output_stride;
  }
}

// The innermost loop: single elements, or runs of any length.
void CopyRuns(const uint8_t* from, uint8_t* to, const CopyDimension& dimension,
              uint32_t run) {
  switch (run) {
    case 1:
      return CopyWords<uint8_t>(from, to, dimension);
    case 2:
      return CopyWords<uint16_t>(from, to, dimension);
    case 4:
      return CopyWords<uint32_t>(from, to, dimension);
    default:
      for (uint32_t i = 0; i < dimension.count; ++i) {
        std::memcpy(to, from, run);
        from += dimension.input_stride;
        to += dimension.output_stride;
      }
  }
}

// Where a copy stands in its loops.
struct Loop {
  CopyDimension dimension;
  uint32_t done;
};

// Goes on to a loop's next place, or back to its first one: false.
bool Advance(Loop* loop, uint32_t* read, uint32_t* written) {
  const CopyDimension& dimension = loop->dimension;
  *read += static_cast<uint32_t>(dimension.input_stride);
  *written += static_cast<uint32_t>(dimension.output_stride);
  if (++loop->done < dimension.count) return true;
  loop->done = 0;
  *read -= dimension.count * static_cast<uint32_t>(dimension.input_stride);
  *written -= dimension.count * static_cast<uint32_t>(dimension.output_stride);
  return false;
}

void RunCopy(const Operator& op, uint8_t* memory) {
  const CopyRecord record = Read<CopyRecord>(op.body);
  const uint8_t* from =
      Elements<uint8_t>(op.ticket->tensor(record.input), memory);
  uint8_t* to = Elements<uint8_t>(op.ticket->tensor(record.output), memory);
  uint32_t read = record.input_offset;
  uint32_t written = record.output_offset;
  const uint32_t count = Dimensions(op);
  if (count == 0) {
    std::memcpy(to + written, from + read, record.run);
    return;
  }
  const uint32_t inner = count - 1;
  const CopyDimension runs = DimensionAt(op, inner);
  Loop loops[kMaxCopyDimensions - 1];
  for (uint32_t i = 0; i < inner; ++i) loops[i] = {DimensionAt(op, i), 0};
  uint32_t depth;
  do {
    CopyRuns(from + read, to + written, runs, record.run);
    depth = inner;
    while (depth > 0 && !Advance(&loops[depth - 1], &read, &written)) --depth;
  } while (depth > 0);
}

bool CheckFill(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(FillRecord)) return false;
  const FillRecord record = Read<FillRecord>(op.body);
  if (!IsWhole(op, record.output) || record.reserved != 0) return false;
  *work += op.ticket->tensor(record.output).count;
  return true;
}

void RunFill(const Operator& op, uint8_t* memory) {
  const FillRecord record = Read<FillRecord>(op.body);
  const TensorRecord output = op.ticket->tensor(record.output);
  uint32_t* words = Elements<uint32_t>(output, memory);
  const uint32_t count = TensorBytes(output) / sizeof(uint32_t);
  for (uint32_t i = 0; i < count; ++i) words[i] = record.word;
}

bool CheckConstant(const Operator& op, uint32_t* work) {
  if (op.bytes < sizeof(ConstantRecord)) return false;
  const ConstantRecord record = Read<ConstantRecord>(op.body);
  if (!IsWhole(op, record.output) || record.reserved != 0 ||
      record.reserved2 != 0) {
    return false;
  }
  const TensorRecord output = op.ticket->tensor(record.output);
  const uint32_t bytes = output.count * ElementBytes(output.type);
  const uint32_t padding = (0 - bytes) % kTicketAlignment;
  *work += output.count;
  return op.bytes == sizeof(ConstantRecord) + bytes + padding;
}

void RunConstant(const Operator& op, uint8_t* memory) {
  const ConstantRecord record = Read<ConstantRecord>(op.body);
  const TensorRecord output = op.ticket->tensor(record.output);
  std::memcpy(Elements<uint8_t>(output, memory),
              op.body + sizeof(ConstantRecord),
              output.count * ElementBytes(output.type));
}

}  // namespace

const OperatorFunctions kCopyFunctions = {CheckCopy, RunCopy};
const OperatorFunctions kFillFunctions = {CheckFill, RunFill};
const OperatorFunctions kConstantFunctions = {CheckConstant, RunConstant};

}  // namespace tombola
