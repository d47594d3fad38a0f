#include "firmware/core/nn/convolution_window.h"

namespace tombola {
namespace {

constexpr uint32_t kLargestReach = 1u << 24;

bool IsValidAxis(const AxisRecord& axis) {
  if (axis.input == 0 || axis.kernel == 0 || axis.stride == 0 ||
      axis.dilation == 0 || axis.positions == 0 || axis.step == 0) {
    return false;
  }
  const uint64_t last = axis.positions - 1u;
  const uint64_t reach =
      last * axis.stride + uint64_t{axis.kernel} * axis.dilation;
  return reach <= kLargestReach && axis.first + last * axis.step < axis.output;
}

bool IsImage(const TensorRecord& tensor, TensorType type, uint32_t batch,
             uint32_t rows, uint32_t columns, uint32_t channels) {
  return tensor.type == type && tensor.group == 0 &&
         uint64_t{batch} * rows * columns * channels == tensor.count;
}

}  // namespace

bool IsValidWindow(const Ticket& ticket, const WindowRecord& window,
                   TensorType type, uint64_t scratch_bytes) {
  if (window.input >= ticket.tensors() || window.output >= ticket.tensors() ||
      window.scratch >= ticket.tensors() || window.low > window.high ||
      !IsValidAxis(window.rows) || !IsValidAxis(window.columns)) {
    return false;
  }
  const TensorRecord input = ticket.tensor(window.input);
  const TensorRecord output = ticket.tensor(window.output);
  const TensorRecord scratch = ticket.tensor(window.scratch);
  return IsImage(input, type, window.batch, window.rows.input,
                 window.columns.input, window.input_channels) &&
         IsImage(output, type, window.batch, window.rows.output,
                 window.columns.output, window.output_channels) &&
         scratch.type == kInt8 && scratch.count >= scratch_bytes &&
         AreApart(input, output) && AreApart(input, scratch) &&
         AreApart(output, scratch);
}

void AddWork(const WindowRecord& window, uint64_t multiplications,
             uint32_t* work) {
  const uint64_t all = Positions(window) * multiplications;
  *work += all > kMaxWork ? kMaxWork + 1 : static_cast<uint32_t>(all);
}

}  // namespace tombola
