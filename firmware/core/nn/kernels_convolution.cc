#include "firmware/core/nn/kernels_convolution.h"

#include "firmware/core/nn/convolution_filter.h"
#include "firmware/core/nn/convolution_patch.h"
#include "firmware/core/nn/convolution_sums.h"

namespace tombola {
namespace {

// Patches that are taken side by side while there are so many positions.
constexpr uint32_t kMany = 4;

uint64_t PaddedTaps(const ConvolutionRecord& record) {
  const WindowRecord& window = record.window;
  const uint64_t taps = uint64_t{window.rows.kernel} * window.columns.kernel *
                        (window.input_channels / record.groups);
  return (taps + kTapsAtOnce - 1) / kTapsAtOnce * kTapsAtOnce;
}

bool AreValidFilters(const Operator& op, uint32_t count, uint64_t taps) {
  const uint8_t* filter = op.body + sizeof(ConvolutionRecord);
  const uint64_t bytes = sizeof(FilterRecord) + taps;
  if (taps > op.bytes ||
      op.bytes != sizeof(ConvolutionRecord) + count * bytes) {
    return false;
  }
  for (; count > 0; --count, filter += bytes) {
    if (!IsValid(Read<FilterRecord>(filter))) return false;
  }
  return true;
}

bool Check(const Operator& op, TensorType type, uint32_t* work) {
  if (op.bytes < sizeof(ConvolutionRecord)) return false;
  const ConvolutionRecord record = Read<ConvolutionRecord>(op.body);
  const WindowRecord& window = record.window;
  if (record.groups == 0 || window.input_channels % record.groups != 0 ||
      window.output_channels % record.groups != 0 ||
      (record.patches != 1 && record.patches != kMany)) {
    return false;
  }
  const uint64_t taps = PaddedTaps(record);
  if (!AreValidFilters(op, window.output_channels, taps) ||
      !IsValidWindow(*op.ticket, window, type,
                     record.patches * taps * sizeof(int16_t))) {
    return false;
  }
  AddWork(window, taps * window.output_channels, work);
  return true;
}

// Output channels of one group at some positions.
struct Channels {
  const uint8_t* filter = nullptr;  // of the first
  const uint8_t* patches;
  uint32_t taps;
  uint32_t begin = 0;
  uint32_t end = 0;
  uint8_t* outputs[kMany];
  Bounds bounds;
};

template <typename T>
void Put(int32_t value, uint8_t* output, uint32_t channel) {
  T* elements = reinterpret_cast<T*>(output);
  elements[channel] = Saturated(value, elements);
}

template <typename T, typename Scaled>
void RunOne(const Channels& channels) {
  const uint8_t* filter = channels.filter;
  const uint8_t* const patches = channels.patches;
  const uint32_t filter_bytes = sizeof(FilterRecord) + channels.taps;
  const uint32_t odd = channels.taps & kTapsAtOnce;
  const uint32_t end = channels.end;
  for (uint32_t i = channels.begin; i != end; ++i) {
    const uint8_t* const next = filter + filter_bytes;
    uint32_t sums[1] = {Read<uint32_t>(filter)};
    Accumulate(filter + sizeof(FilterRecord), next, patches, odd, sums);
    const Scaled scaled(ReadFilter(filter));
    int32_t value = scaled(sums[0]);
    if (channels.bounds.clamps()) value = channels.bounds.Clamped(value);
    Put<T>(value, channels.outputs[0], i);
    filter = next;
  }
}

// Without a loop over the patches, so that all stays in registers.
template <typename T, typename Scaled>
void RunFour(const Channels& channels) {
  const uint8_t* filter = channels.filter;
  const uint8_t* const patches = channels.patches;
  const uint32_t filter_bytes = sizeof(FilterRecord) + channels.taps;
  const uint32_t odd = channels.taps & kTapsAtOnce;
  const uint32_t end = channels.end;
  for (uint32_t i = channels.begin; i != end; ++i) {
    const uint8_t* const next = filter + filter_bytes;
    const auto bias = Read<uint32_t>(filter);
    uint32_t sums[4] = {bias, bias, bias, bias};
    Accumulate(filter + sizeof(FilterRecord), next, patches, odd, sums);
    const Scaled scaled(ReadFilter(filter));
    int32_t value0 = scaled(sums[0]);
    int32_t value1 = scaled(sums[1]);
    int32_t value2 = scaled(sums[2]);
    int32_t value3 = scaled(sums[3]);
    if (channels.bounds.clamps()) {
      value0 = channels.bounds.Clamped(value0);
      value1 = channels.bounds.Clamped(value1);
      value2 = channels.bounds.Clamped(value2);
      value3 = channels.bounds.Clamped(value3);
    }
    Put<T>(value0, channels.outputs[0], i);
    Put<T>(value1, channels.outputs[1], i);
    Put<T>(value2, channels.outputs[2], i);
    Put<T>(value3, channels.outputs[3], i);
    filter = next;
  }
}

// What the kinds of convolution differ in.
struct Arithmetic {
  uint32_t element_bytes;
  decltype(&TakePatch<int8_t>) take_patch;
  void (*run_one)(const Channels& channels);
  void (*run_four)(const Channels& channels);
};

template <typename T, typename Scaled>
constexpr Arithmetic kArithmetic = {sizeof(T), TakePatch<T>, RunOne<T, Scaled>,
                                    RunFour<T, Scaled>};

class Convolution {
 public:
  Convolution(const Operator& op, const ConvolutionRecord& record,
              const Arithmetic& arithmetic, const Bounds& bounds,
              uint8_t* memory)
      : record_(record),
        arithmetic_(arithmetic),
        filters_(op.body + sizeof(record)),
        zero_point_(op.ticket->tensor(record.window.input).zero_point),
        input_(memory + op.ticket->tensor(record.window.input).offset),
        output_(memory + op.ticket->tensor(record.window.output).offset),
        patches_(memory + op.ticket->tensor(record.window.scratch).offset),
        place_(record.window) {
    channels_.patches = patches_;
    channels_.taps = static_cast<uint32_t>(PaddedTaps(record));
    channels_.bounds = bounds;
  }

  void Run() {
    uint32_t left = Positions(record_.window);
    if (record_.patches == kMany) {
      for (; left >= kMany; left -= kMany) RunAt(kMany, arithmetic_.run_four);
    }
    for (; left > 0; --left) RunAt(1, arithmetic_.run_one);
  }

 private:
  // All channels of the next positions.
  void RunAt(uint32_t positions, void (*run)(const Channels& channels)) {
    const WindowRecord& window = record_.window;
    const uint32_t count = window.output_channels / record_.groups;
    const Place begin = place_;
    channels_.filter = filters_;
    for (uint32_t group = 0; group < record_.groups; ++group) {
      place_ = begin;
      for (uint32_t i = 0; i < positions; ++i) {
        arithmetic_.take_patch(window, record_.groups, input_, zero_point_,
                               place_, group, positions,
                               patches_ + i * sizeof(uint32_t));
        channels_.outputs[i] =
            output_ + place_.output() * arithmetic_.element_bytes;
        place_.Advance();
      }
      channels_.begin = group * count;
      channels_.end = channels_.begin + count;
      run(channels_);
      channels_.filter += count * (sizeof(FilterRecord) + channels_.taps);
    }
  }

  const ConvolutionRecord& record_;
  const Arithmetic& arithmetic_;
  const uint8_t* filters_;
  const int8_t zero_point_;
  const uint8_t* input_;
  uint8_t* output_;
  uint8_t* patches_;
  Place place_;
  Channels channels_ = {};
};

// Once for all kinds.
__attribute__((noinline)) void Run(const Operator& op,
                                   const ConvolutionRecord& record,
                                   const Arithmetic& arithmetic,
                                   const Bounds& bounds, uint8_t* memory) {
  Convolution(op, record, arithmetic, bounds, memory).Run();
}

template <TensorType type>
bool CheckConvolution(const Operator& op, uint32_t* work) {
  return Check(op, type, work);
}

template <typename T, typename Scaled>
void RunConvolution(const Operator& op, uint8_t* memory) {
  const ConvolutionRecord record = Read<ConvolutionRecord>(op.body);
  const T* type = nullptr;
  Run(op, record, kArithmetic<T, Scaled>, Bounds::Of(record.window, type),
      memory);
}

}  // namespace

const OperatorFunctions kConvolution8Functions = {
    CheckConvolution<kInt8>, RunConvolution<int8_t, ScaledTwice>};
const OperatorFunctions kConvolution16Functions = {
    CheckConvolution<kInt16>, RunConvolution<int16_t, ScaledOnce>};
const OperatorFunctions kConvolution16TwiceFunctions = {
    CheckConvolution<kInt16>, RunConvolution<int16_t, ScaledTwice>};

}  // namespace tombola
