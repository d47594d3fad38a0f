#include "firmware/core/nn/kernels_activation.h"

#include "firmware/core/nn/clamp.h"
#include "firmware/core/nn/sigmoid_table.h"

namespace tombola {
namespace {

constexpr uint32_t kTableBytes = 256;
constexpr uint32_t kInterpolationBytes = 1032;
static_assert(kInterpolationBytes ==
                  (kInterpolationEntries * sizeof(int16_t) + 7) / 8 * 8,
              "the plan's records are aligned to 8 bytes");

// What every record of this family begins with.
struct Tensors {
  uint16_t input;
  uint16_t output;
};

bool IsValid(const Operator& op, TensorType type, uint32_t* work) {
  const Tensors tensors = Read<Tensors>(op.body);
  if (!MayStream(*op.ticket, tensors.input, tensors.output)) return false;
  const TensorRecord output = op.ticket->tensor(tensors.output);
  *work += output.count;
  return output.type == type;
}

template <typename T>
struct Operands {
  const T* x;
  T* y;
  uint32_t count;
};

template <typename T>
Operands<T> FindOperands(const Operator& op, uint8_t* memory) {
  const Tensors tensors = Read<Tensors>(op.body);
  const TensorRecord output = op.ticket->tensor(tensors.output);
  return {Elements<T>(op.ticket->tensor(tensors.input), memory),
          Elements<T>(output, memory), Count(op, output)};
}

// A multiplier above 15 bits comes unshifted, so that no product (and no
// rounding added to it) passes 2^31.
bool CheckSigmoid(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(SigmoidRecord)) return false;
  const SigmoidRecord record = Read<SigmoidRecord>(op.body);
  return record.shift <= 31 &&
         (record.shift == 0 || record.multiplier <= INT16_MAX) &&
         IsValid(op, kInt16, work);
}

template <typename Function>
void ForEachScaled(const Operator& op, uint8_t* memory, Function function) {
  const SigmoidRecord record = Read<SigmoidRecord>(op.body);
  Operands<int16_t> at = FindOperands<int16_t>(op, memory);
  const int32_t multiplier = record.multiplier;
  const int shift = record.shift;
  const int32_t half = shift > 0 ? int32_t{1} << (shift - 1) : 0;
  for (int16_t* end = at.y + at.count; at.y != end; ++at.x, ++at.y) {
    *at.y =
        static_cast<int16_t>(function((*at.x * multiplier + half) >> shift));
  }
}

void RunLogistic(const Operator& op, uint8_t* memory) {
  ForEachScaled(op, memory, [](int32_t x) { return Sigmoid(x); });
}

void RunTanh(const Operator& op, uint8_t* memory) {
  ForEachScaled(op, memory, [](int32_t x) { return Tanh(x); });
}

bool CheckTable(const Operator& op, uint32_t* work) {
  return op.bytes == sizeof(LookupRecord) + kTableBytes &&
         Read<LookupRecord>(op.body).reserved == 0 && IsValid(op, kInt8, work);
}

// Four bytes at a time, the last of which may be padding.
void RunTable(const Operator& op, uint8_t* memory) {
  Operands<uint8_t> at = FindOperands<uint8_t>(op, memory);
  const uint8_t* table = op.body + sizeof(LookupRecord);
  const uint8_t* end = at.y + RoundUpToLanes(at.count);
  for (; at.y != end; at.x += kLanes, at.y += kLanes) {
    const uint8_t x0 = at.x[0], x1 = at.x[1], x2 = at.x[2], x3 = at.x[3];
    at.y[0] = table[x0];
    at.y[1] = table[x1];
    at.y[2] = table[x2];
    at.y[3] = table[x3];
  }
}

bool CheckInterpolation(const Operator& op, uint32_t* work) {
  return op.bytes == sizeof(LookupRecord) + kInterpolationBytes &&
         Read<LookupRecord>(op.body).reserved == 0 && IsValid(op, kInt16, work);
}

void RunInterpolation(const Operator& op, uint8_t* memory) {
  Operands<int16_t> at = FindOperands<int16_t>(op, memory);
  const int16_t* entries =
      reinterpret_cast<const int16_t*>(op.body + sizeof(LookupRecord));
  for (int16_t* end = at.y + at.count; at.y != end; ++at.x, ++at.y) {
    *at.y = static_cast<int16_t>(Interpolate(entries, *at.x));
  }
}

bool CheckLeakyRelu(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(LeakyReluRecord)) return false;
  const LeakyReluRecord record = Read<LeakyReluRecord>(op.body);
  return record.reserved == 0 && IsValid(record.above) &&
         IsValid(record.below) && IsValid(op, kInt16, work);
}

void RunLeakyRelu(const Operator& op, uint8_t* memory) {
  const LeakyReluRecord record = Read<LeakyReluRecord>(op.body);
  Operands<int16_t> at = FindOperands<int16_t>(op, memory);
  const int32_t twice_above = 2 << record.above.left;
  const int32_t twice_below = 2 << record.below.left;
  const Scaling above(record.above);
  const Scaling below(record.below);
  for (int16_t* end = at.y + at.count; at.y != end; ++at.x, ++at.y) {
    const int32_t x = *at.x;
    *at.y = Saturate<int16_t>(x < 0 ? below.OfHalf(x * twice_below)
                                    : above.OfHalf(x * twice_above));
  }
}

}  // namespace

const OperatorFunctions kLogisticFunctions = {CheckSigmoid, RunLogistic};
const OperatorFunctions kTanhFunctions = {CheckSigmoid, RunTanh};
const OperatorFunctions kTableFunctions = {CheckTable, RunTable};
const OperatorFunctions kInterpolationFunctions = {CheckInterpolation,
                                                   RunInterpolation};
const OperatorFunctions kLeakyReluFunctions = {CheckLeakyRelu, RunLeakyRelu};

}  // namespace tombola
