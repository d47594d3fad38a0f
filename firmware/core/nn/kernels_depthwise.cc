#include "firmware/core/nn/kernels_depthwise.h"

#include "firmware/core/nn/convolution_filter.h"

namespace tombola {
namespace {

// A tap that lies inside the image.
struct Tap {
  uint32_t input;    // the number of the first channel under it
  uint32_t weights;  // bytes from the first tap's
};

uint64_t Taps(const WindowRecord& window) {
  return uint64_t{window.rows.kernel} * window.columns.kernel;
}

bool AreValidFilters(const Operator& op, const WindowRecord& window) {
  const uint64_t bytes = window.output_channels * sizeof(FilterRecord) +
                         Taps(window) * RoundUpToLanes(window.output_channels);
  const uint64_t padded =
      (bytes + kTicketAlignment - 1) / kTicketAlignment * kTicketAlignment;
  if (op.bytes != sizeof(DepthwiseRecord) + padded) return false;
  const uint8_t* filter = op.body + sizeof(DepthwiseRecord);
  for (uint32_t i = 0; i < window.output_channels; ++i) {
    if (!IsValid(Read<FilterRecord>(filter + i * sizeof(FilterRecord)))) {
      return false;
    }
  }
  return true;
}

bool Check(const Operator& op, TensorType type, uint32_t* work) {
  if (op.bytes < sizeof(DepthwiseRecord)) return false;
  const DepthwiseRecord record = Read<DepthwiseRecord>(op.body);
  const WindowRecord& window = record.window;
  if (record.reserved != 0 || window.input_channels == 0 ||
      window.output_channels % window.input_channels != 0 ||
      !AreValidFilters(op, window) ||
      !IsValidWindow(*op.ticket, window, type, Taps(window) * sizeof(Tap))) {
    return false;
  }
  AddWork(window, Taps(window) * RoundUpToLanes(window.output_channels), work);
  return true;
}

// Lists the taps that lie inside the image; returns how many.
uint32_t TakeTaps(const WindowRecord& window, const Place& place, Tap* taps) {
  const AxisRecord& rows = window.rows;
  const AxisRecord& columns = window.columns;
  const uint32_t weight_bytes = RoundUpToLanes(window.output_channels);
  Tap* next = taps;
  uint32_t weights = 0;
  int32_t y = place.top();
  for (uint32_t k = 0; k < rows.kernel; ++k, y += rows.dilation) {
    const bool inside = y >= 0 && y < rows.input;
    const uint32_t line =
        (place.batch() * rows.input + static_cast<uint32_t>(y)) * columns.input;
    int32_t x = place.left();
    for (uint32_t l = 0; l < columns.kernel; ++l, x += columns.dilation) {
      if (inside && x >= 0 && x < columns.input) {
        next->input = (line + static_cast<uint32_t>(x)) * window.input_channels;
        next->weights = weights;
        ++next;
      }
      weights += weight_bytes;
    }
  }
  return static_cast<uint32_t>(next - taps);
}

inline uint32_t AddProduct(uint32_t sum, uint32_t a, uint32_t b) {
  return sum + static_cast<uint32_t>(static_cast<int16_t>(a) *
                                     static_cast<int16_t>(b));
}

// Of four channels.
struct Sums {
  uint32_t of0 = 0;
  uint32_t of1 = 0;
  uint32_t of2 = 0;
  uint32_t of3 = 0;
};

inline Sums Add(const Sums& sums, const int8_t* x, uint32_t weights,
                uint32_t less_zero) {
  const uint32_t word = ReadUnaligned(x);
  const uint32_t x02 = AddEvenBytes(less_zero, word);
  const uint32_t x13 = AddOddBytes(less_zero, word);
  const uint32_t w02 = WidenEvenBytes(weights);
  const uint32_t w13 = WidenOddBytes(weights);
  return {AddProduct(sums.of0, x02, w02), AddProduct(sums.of1, x13, w13),
          AddProduct(sums.of2, x02 >> 16, w02 >> 16),
          AddProduct(sums.of3, x13 >> 16, w13 >> 16)};
}

inline Sums Add(const Sums& sums, const int16_t* x, uint32_t weights,
                uint32_t /*less_zero*/) {
  const uint32_t x01 = ReadUnaligned(x);
  const uint32_t x23 = ReadUnaligned(x + 2);
  const uint32_t w02 = WidenEvenBytes(weights);
  const uint32_t w13 = WidenOddBytes(weights);
  return {AddProduct(sums.of0, x01, w02), AddProduct(sums.of1, x01 >> 16, w13),
          AddProduct(sums.of2, x23, w02 >> 16),
          AddProduct(sums.of3, x23 >> 16, w13 >> 16)};
}

template <typename T, typename Scaled>
class Depthwise {
 public:
  Depthwise(const Operator& op, const WindowRecord& window, uint8_t* memory)
      : window_(window),
        filters_(op.body + sizeof(DepthwiseRecord)),
        weights_(filters_ + window.output_channels * sizeof(FilterRecord)),
        multiplier_(window.output_channels / window.input_channels),
        zero_point_(op.ticket->tensor(window.input).zero_point),
        input_(Elements<T>(op.ticket->tensor(window.input), memory)),
        output_(Elements<T>(op.ticket->tensor(window.output), memory)),
        taps_(Elements<Tap>(op.ticket->tensor(window.scratch), memory)),
        bounds_(Bounds::Of(window, output_)) {}

  void Run() {
    Place place(window_);
    for (uint32_t left = Positions(window_); left > 0; --left) {
      end_ = taps_ + TakeTaps(window_, place, taps_);
      T* y = output_ + place.output();
      const uint32_t channels = window_.output_channels;
      uint32_t channel = 0;
      if (multiplier_ == 1) {
        for (; channel + kLanes <= channels; channel += kLanes) {
          const Sums sums = SumFour(channel);
          y[channel] = Scale(sums.of0, channel);
          y[channel + 1] = Scale(sums.of1, channel + 1);
          y[channel + 2] = Scale(sums.of2, channel + 2);
          y[channel + 3] = Scale(sums.of3, channel + 3);
        }
      }
      for (; channel < channels; ++channel) {
        y[channel] = Scale(SumOne(channel), channel);
      }
      place.Advance();
    }
  }

 private:
  Sums SumFour(uint32_t channel) const {
    const uint32_t half = static_cast<uint16_t>(-zero_point_);
    const uint32_t less_zero = half | half << 16;
    const T* x = input_ + channel;
    const uint8_t* weights = weights_ + channel;
    Sums sums;
    for (const Tap* tap = taps_; tap != end_; ++tap) {
      sums = Add(sums, x + tap->input, Read<uint32_t>(weights + tap->weights),
                 less_zero);
    }
    return sums;
  }

  uint32_t SumOne(uint32_t channel) const {
    const T* x = input_ + channel / multiplier_;
    const uint8_t* weights = weights_ + channel;
    uint32_t sum = 0;
    for (const Tap* tap = taps_; tap != end_; ++tap) {
      const auto weight = static_cast<int8_t>(weights[tap->weights]);
      sum += static_cast<uint32_t>((x[tap->input] - zero_point_) * weight);
    }
    return sum;
  }

  T Scale(uint32_t sum, uint32_t channel) const {
    const FilterRecord filter =
        ReadFilter(filters_ + channel * sizeof(FilterRecord));
    const Scaled scaled(filter);
    int32_t value = scaled(sum + static_cast<uint32_t>(filter.bias));
    if (bounds_.clamps()) value = bounds_.Clamped(value);
    return Saturated(value, output_);
  }

  const WindowRecord& window_;
  const uint8_t* filters_;
  const uint8_t* weights_;
  const uint32_t multiplier_;
  const int32_t zero_point_;
  const T* input_;
  T* output_;
  Tap* taps_;
  const Tap* end_ = nullptr;
  const Bounds bounds_;
};

template <TensorType type>
bool CheckDepthwise(const Operator& op, uint32_t* work) {
  return Check(op, type, work);
}

template <typename T, typename Scaled>
void RunDepthwise(const Operator& op, uint8_t* memory) {
  const DepthwiseRecord record = Read<DepthwiseRecord>(op.body);
  Depthwise<T, Scaled>(op, record.window, memory).Run();
}

}  // namespace

const OperatorFunctions kDepthwise8Functions = {
    CheckDepthwise<kInt8>, RunDepthwise<int8_t, ScaledTwice>};
const OperatorFunctions kDepthwise16Functions = {
    CheckDepthwise<kInt16>, RunDepthwise<int16_t, ScaledOnce>};

}  // namespace tombola
