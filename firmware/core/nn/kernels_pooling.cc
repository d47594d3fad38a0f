#include "firmware/core/nn/kernels_pooling.h"

#include "firmware/core/nn/clamp.h"

namespace tombola {
namespace {

constexpr int64_t kMaxScaled = 1 << 30;  // half of what fits in 32 bits

// Both tensors are int8, or both int16; of one width, and apart.
bool IsPair(const Ticket& ticket, uint16_t input, uint16_t output) {
  if (input >= ticket.tensors() || output >= ticket.tensors()) return false;
  const TensorRecord x = ticket.tensor(input);
  const TensorRecord y = ticket.tensor(output);
  return x.type == y.type && (x.type == kInt8 || x.type == kInt16) &&
         x.group == 0 && y.group == 0 && AreApart(x, y);
}

// Whether every window has an element: the first one begins in its padding, the
// last one inside the image.
bool IsValidSide(const PoolSide& side) {
  return side.input != 0 && side.output != 0 && side.stride != 0 &&
         side.filter > side.padding &&
         int64_t{side.output - 1} * side.stride < side.input + side.padding;
}

uint64_t Product(uint64_t a, uint64_t b, uint64_t c) { return a * b * c; }

bool CheckPool(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(PoolRecord)) return false;
  const PoolRecord record = Read<PoolRecord>(op.body);
  const PoolSide& height = record.height;
  const PoolSide& width = record.width;
  if (!IsPair(*op.ticket, record.input, record.output) ||
      !IsValidSide(height) || !IsValidSide(width) || record.channels == 0 ||
      record.reserved != 0) {
    return false;
  }
  const TensorRecord output = op.ticket->tensor(record.output);
  const uint32_t rows =
      height.filter < height.input ? height.filter : height.input;
  const uint32_t columns =
      width.filter < width.input ? width.filter : width.input;
  const uint64_t elements = Product(output.count, rows, columns);
  if (elements > kMaxWork || !AreBounds(output.type, record.low, record.high)) {
    return false;
  }
  *work += static_cast<uint32_t>(elements);
  return Product(height.input, width.input, record.channels) ==
             op.ticket->tensor(record.input).count &&
         Product(height.output, width.output, record.channels) == output.count;
}

// The part of a window that lies inside the image.
struct Window {
  uint32_t begin;
  uint32_t count;

  Window(const PoolSide& side, uint32_t place) {
    const int32_t origin =
        static_cast<int32_t>(place) * side.stride - side.padding;
    const int32_t first = origin > 0 ? origin : 0;
    const int32_t last = origin + side.filter;
    begin = static_cast<uint32_t>(first);
    count =
        static_cast<uint32_t>((last < side.input ? last : side.input) - first);
  }
};

// Elements of a window are added up and divided: ties away from zero.
struct Average {
  int32_t sum = 0;

  void Take(int32_t element) { sum += element; }
  int32_t Result(int32_t count) const {
    // IsValidSide leaves no window empty.
    // NOLINTNEXTLINE(clang-analyzer-core.*)
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
  }
};

struct Largest {
  int32_t element = INT16_MIN;

  void Take(int32_t next) { element = next > element ? next : element; }
  int32_t Result(int32_t) const { return element; }
};

template <typename Kernel, typename T>
void Pool(const Operator& op, const PoolRecord& record, uint8_t* memory) {
  const T* x = Elements<T>(op.ticket->tensor(record.input), memory);
  T* y = Elements<T>(op.ticket->tensor(record.output), memory);
  const uint32_t channels = record.channels;
  const uint32_t row = record.width.input * channels;
  for (uint32_t i = 0; i < record.height.output; ++i) {
    const Window rows(record.height, i);
    for (uint32_t j = 0; j < record.width.output; ++j) {
      const Window columns(record.width, j);
      const T* corner = x + rows.begin * row + columns.begin * channels;
      const int32_t count = static_cast<int32_t>(rows.count * columns.count);
      for (uint32_t channel = 0; channel < channels; ++channel) {
        Kernel kernel;
        const T* line = corner + channel;
        for (uint32_t r = 0; r < rows.count; ++r, line += row) {
          const T* at = line;
          for (uint32_t c = 0; c < columns.count; ++c, at += channels) {
            kernel.Take(*at);
          }
        }
        *y++ = static_cast<T>(
            Clamp(kernel.Result(count), record.low, record.high));
      }
    }
  }
}

template <typename Kernel>
void RunPool(const Operator& op, uint8_t* memory) {
  const PoolRecord record = Read<PoolRecord>(op.body);
  if (op.ticket->tensor(record.input).type == kInt8) {
    Pool<Kernel, int8_t>(op, record, memory);
  } else {
    Pool<Kernel, int16_t>(op, record, memory);
  }
}

bool CheckMean(const Operator& op, uint32_t* work) {
  if (op.bytes != sizeof(MeanRecord)) return false;
  const MeanRecord record = Read<MeanRecord>(op.body);
  if (!IsPair(*op.ticket, record.input, record.output) ||
      !IsValid(record.scale) || record.reserved != 0) {
    return false;
  }
  const TensorRecord input = op.ticket->tensor(record.input);
  const MeanAxis axes[] = {record.kept[0], record.kept[1], record.summed[0],
                           record.summed[1]};
  uint64_t last = 0;
  for (const MeanAxis& axis : axes) {
    if (axis.count == 0) return false;
    last += (axis.count - 1u) * axis.stride;
  }
  const uint64_t count =
      uint64_t{record.summed[0].count} * record.summed[1].count;
  const uint64_t places = uint64_t{record.kept[0].count} * record.kept[1].count;
  if (last >= input.count || count > kMaxElements ||
      places != op.ticket->tensor(record.output).count) {
    return false;
  }
  if (count * places > kMaxWork) return false;
  *work += static_cast<uint32_t>(count * places);
  const int64_t span = input.type == kInt8 ? 255 : 32768;
  return static_cast<int64_t>(count) * span << record.scale.left < kMaxScaled;
}

template <typename T>
int32_t Sum(const T* x, const MeanAxis (&axes)[2]) {
  int32_t sum = 0;
  for (uint32_t i = 0; i < axes[0].count; ++i, x += axes[0].stride) {
    const T* at = x;
    for (uint32_t j = 0; j < axes[1].count; ++j, at += axes[1].stride) {
      sum += *at;
    }
  }
  return sum;
}

template <typename T>
void Mean(const Operator& op, const MeanRecord& record, uint8_t* memory) {
  const TensorRecord input = op.ticket->tensor(record.input);
  const TensorRecord output = op.ticket->tensor(record.output);
  const T* x = Elements<T>(input, memory);
  T* y = Elements<T>(output, memory);
  const Scaling scale(record.scale);
  const int32_t twice = int32_t{2} << record.scale.left;
  const int32_t zero =
      input.zero_point * record.summed[0].count * record.summed[1].count;
  for (uint32_t i = 0; i < record.kept[0].count; ++i) {
    const T* at = x + i * record.kept[0].stride;
    for (uint32_t j = 0; j < record.kept[1].count; ++j) {
      const int32_t sum = Sum(at, record.summed) - zero;
      *y++ = Saturate<T>(scale.OfHalf(sum * twice, output.zero_point));
      at += record.kept[1].stride;
    }
  }
}

void RunMean(const Operator& op, uint8_t* memory) {
  const MeanRecord record = Read<MeanRecord>(op.body);
  if (op.ticket->tensor(record.input).type == kInt8) {
    Mean<int8_t>(op, record, memory);
  } else {
    Mean<int16_t>(op, record, memory);
  }
}

}  // namespace

const OperatorFunctions kAveragePoolFunctions = {CheckPool, RunPool<Average>};
const OperatorFunctions kMaxPoolFunctions = {CheckPool, RunPool<Largest>};
const OperatorFunctions kMeanFunctions = {CheckMean, RunMean};

}  // namespace tombola
