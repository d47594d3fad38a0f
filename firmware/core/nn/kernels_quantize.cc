#include "firmware/core/nn/kernels_quantize.h"

namespace tombola {
namespace {

bool CheckRescale(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(RescaleRecord)) return false;
  const RescaleRecord record = Read<RescaleRecord>(op.body);
  if (record.reserved != 0 || !IsValid(record.scale) ||
      !MayStream(*op.ticket, record.input, record.output) ||
      op.ticket->tensor(record.output).type != kInt16) {
    return false;
  }
  *work += op.ticket->tensor(record.output).count;
  return true;
}

void RunRescale(const Operator& op, uint8_t* memory) {
  const RescaleRecord record = Read<RescaleRecord>(op.body);
  const TensorRecord output = op.ticket->tensor(record.output);
  const int16_t* x = Elements<int16_t>(op.ticket->tensor(record.input), memory);
  int16_t* y = Elements<int16_t>(output, memory);
  const Scaling scale(record.scale);
  const int32_t left = int32_t{1} << record.scale.left;
  const uint32_t count = Count(op, output);
  for (uint32_t i = 0; i < count; ++i) {
    y[i] =
        static_cast<int16_t>(Clamp(scale(x[i] * left), INT16_MIN, INT16_MAX));
  }
}

}  // namespace

const OperatorFunctions kRescaleFunctions = {CheckRescale, RunRescale};

}  // namespace tombola
