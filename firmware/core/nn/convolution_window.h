// The windows that convolutions move over an image.

#pragma once

#include <cstdint>

#include "firmware/core/nn/operators.h"

namespace tombola {

// One axis of the image. Position i of the window covers the inputs
// i * stride - before + k * dilation, k = 0..kernel - 1 (what lies outside is
// zero) and gives the output first + i * step.
struct AxisRecord {
  uint16_t input;
  uint16_t output;
  uint16_t kernel;
  uint16_t stride;
  uint16_t dilation;
  int16_t before;
  uint16_t positions;
  uint16_t first;
  uint16_t step;
};
static_assert(sizeof(AxisRecord) == 18, "as in docs/formats/ticket.md");

// Images are [batch, rows, columns, channels].
struct WindowRecord {
  uint16_t input;
  uint16_t output;
  uint16_t scratch;
  uint16_t batch;
  uint16_t input_channels;
  uint16_t output_channels;
  int16_t low;
  int16_t high;
  AxisRecord rows;
  AxisRecord columns;
};
static_assert(sizeof(WindowRecord) == 52, "as in docs/formats/ticket.md");

// Whether input and output are images of this type, apart from each other and
// from a scratch of at least so many bytes, and no coordinate can overflow.
bool IsValidWindow(const Ticket& ticket, const WindowRecord& window,
                   TensorType type, uint64_t scratch_bytes);

inline uint32_t Positions(const WindowRecord& window) {
  return static_cast<uint32_t>(window.batch) * window.rows.positions *
         window.columns.positions;
}

// Of a valid window: so many multiplications at each position.
void AddWork(const WindowRecord& window, uint64_t multiplications,
             uint32_t* work);

// A position of the window.
class Place {
 public:
  explicit Place(const WindowRecord& window) : window_(&window) {}

  void Advance() {
    if (++column_ < window_->columns.positions) return;
    column_ = 0;
    if (++row_ < window_->rows.positions) return;
    row_ = 0;
    ++batch_;
  }

  uint32_t batch() const { return batch_; }

  // The first input row and column that the window covers, which may lie
  // outside the image.
  int32_t top() const { return Origin(window_->rows, row_); }
  int32_t left() const { return Origin(window_->columns, column_); }

  // The number of its output's first channel.
  uint32_t output() const {
    const AxisRecord& rows = window_->rows;
    const AxisRecord& columns = window_->columns;
    const uint32_t row = batch_ * rows.output + rows.first + row_ * rows.step;
    const uint32_t column = columns.first + column_ * columns.step;
    return (row * columns.output + column) * window_->output_channels;
  }

 private:
  static int32_t Origin(const AxisRecord& axis, uint32_t position) {
    return static_cast<int32_t>(position * axis.stride) - axis.before;
  }

  const WindowRecord* window_;
  uint32_t batch_ = 0;
  uint32_t row_ = 0;
  uint32_t column_ = 0;
};

}  // namespace tombola
