#include "firmware/core/nn/kernels_convolution.h"

#include <limits>

#include "firmware/core/nn/convolution_patch.h"
#include "firmware/core/nn/convolution_sums.h"
#include "firmware/core/nn/fixed_point.h"

namespace tombola {
namespace {

// Patches that are taken side by side while there are so many positions.
constexpr uint32_t kMany = 4;

constexpr int kMaxShift = 31;

// So that no coordinate overflows.
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

uint32_t PaddedTaps(uint32_t taps) {
  return (taps + kTapsAtOnce - 1) / kTapsAtOnce * kTapsAtOnce;
}

uint32_t Taps(const ConvolutionRecord& record) {
  return static_cast<uint32_t>(record.rows.kernel) * record.columns.kernel *
         (record.input_channels / record.groups);
}

bool AreValidFilters(const Operator& op, const ConvolutionRecord& record) {
  const uint64_t taps = uint64_t{record.rows.kernel} * record.columns.kernel *
                        (record.input_channels / record.groups);
  if (taps > op.bytes) return false;
  const uint64_t bytes =
      sizeof(FilterRecord) + PaddedTaps(static_cast<uint32_t>(taps));
  if (op.bytes != sizeof(record) + record.output_channels * bytes) return false;
  const uint8_t* filter = op.body + sizeof(record);
  for (uint32_t i = 0; i < record.output_channels; ++i, filter += bytes) {
    const FilterRecord channel = Read<FilterRecord>(filter);
    if (channel.left > kMaxShift || channel.right > kMaxShift) return false;
  }
  return true;
}

bool CheckConvolution(const Operator& op, TensorType type, uint32_t* work) {
  if (op.bytes < sizeof(ConvolutionRecord)) return false;
  const ConvolutionRecord record = Read<ConvolutionRecord>(op.body);
  const Ticket& ticket = *op.ticket;
  if (record.input >= ticket.tensors() || record.output >= ticket.tensors() ||
      record.scratch >= ticket.tensors() || record.groups == 0 ||
      record.input_channels % record.groups != 0 ||
      record.output_channels % record.groups != 0 ||
      (record.patches != 1 && record.patches != kMany) ||
      record.low > record.high || !IsValidAxis(record.rows) ||
      !IsValidAxis(record.columns)) {
    return false;
  }
  const TensorRecord input = ticket.tensor(record.input);
  const TensorRecord output = ticket.tensor(record.output);
  const TensorRecord scratch = ticket.tensor(record.scratch);
  if (!IsImage(input, type, record.batch, record.rows.input,
               record.columns.input, record.input_channels) ||
      !IsImage(output, type, record.batch, record.rows.output,
               record.columns.output, record.output_channels) ||
      !AreApart(input, output) || !AreApart(input, scratch) ||
      !AreApart(output, scratch) || !AreValidFilters(op, record)) {
    return false;
  }
  const uint64_t taps = PaddedTaps(Taps(record));
  if (scratch.type != kInt8 ||
      record.patches * taps * sizeof(int16_t) > scratch.count) {
    return false;
  }
  const uint64_t multiplications = taps * record.output_channels *
                                   record.batch * record.rows.positions *
                                   record.columns.positions;
  *work += multiplications > kMaxWork ? kMaxWork + 1
                                      : static_cast<uint32_t>(multiplications);
  return true;
}

// As the reference's 32-bit sums are scaled: to the nearest of product / 2^31
// with ties up, then by the right shift with ties away from zero. `rounding`
// is half of what the right shift leaves out, and the zero point.
class ScaledTwice {
 public:
  explicit ScaledTwice(const FilterRecord& filter)
      : multiplier_(filter.multiplier),
        rounding_(filter.rounding),
        negative_(filter.negative),
        left_(filter.left),
        right_(filter.right) {}

  int32_t operator()(uint32_t sum) const {
    const auto product = static_cast<uint32_t>(RoundedHighProductSum(
        static_cast<int32_t>(sum << left_), multiplier_, rounding_));
    const int32_t below = (static_cast<int32_t>(sum) >> 31) & negative_;
    return static_cast<int32_t>(product + static_cast<uint32_t>(below)) >>
           right_;
  }

 private:
  int32_t multiplier_;
  int32_t rounding_;
  int32_t negative_;
  uint32_t left_;
  uint32_t right_;
};

// As its 64-bit sums are scaled: by 16 bits of multiplier, with ties up.
class ScaledOnce {
 public:
  explicit ScaledOnce(const FilterRecord& filter)
      : multiplier_(filter.multiplier),
        rounding_(filter.rounding),
        left_(filter.left),
        right_(filter.right) {}

  int32_t operator()(uint32_t sum) const {
    return HighProductSum(static_cast<int32_t>(sum << left_), multiplier_,
                          rounding_) >>
           right_;
  }

 private:
  int32_t multiplier_;
  int32_t rounding_;
  uint32_t left_;
  uint32_t right_;
};

inline int32_t Saturate(int32_t value, const int8_t* /*type*/) {
  return SaturateToInt8(value);
}

inline int32_t Saturate(int32_t value, const int16_t* /*type*/) {
  return SaturateToInt16(value);
}

// Output channels of one group at some positions.
struct Channels {
  const uint8_t* filter;  // of the next
  const uint8_t* patches;
  uint32_t taps;
  uint8_t* outputs[kMany];
  uint32_t next;
  uint32_t end;
  int32_t low;
  int32_t high;
  bool clamps;  // more than the type does
};

template <typename T>
void Put(int32_t value, uint8_t* output, uint32_t channel) {
  T* elements = reinterpret_cast<T*>(output);
  elements[channel] = static_cast<T>(Saturate(value, elements));
}

template <typename T, typename Scaled>
void RunOne(Channels* channels) {
  const uint8_t* filter = channels->filter;
  const uint8_t* const patches = channels->patches;
  const uint32_t filter_bytes = sizeof(FilterRecord) + channels->taps;
  const uint32_t odd = channels->taps & kTapsAtOnce;
  const uint32_t end = channels->end;
  for (uint32_t i = channels->next; i != end; ++i) {
    const uint8_t* const next = filter + filter_bytes;
    uint32_t sums[1] = {Read<uint32_t>(filter)};
    Accumulate(filter + sizeof(FilterRecord), next, patches, odd, sums);
    const Scaled scaled(Read<FilterRecord>(filter));
    int32_t value = scaled(sums[0]);
    if (channels->clamps) value = Clamp(value, channels->low, channels->high);
    Put<T>(value, channels->outputs[0], i);
    filter = next;
  }
  channels->filter = filter;
}

// Without a loop, so that all stays in registers.
template <typename T, typename Scaled>
void RunFour(Channels* channels) {
  const uint8_t* filter = channels->filter;
  const uint8_t* const patches = channels->patches;
  const uint32_t filter_bytes = sizeof(FilterRecord) + channels->taps;
  const uint32_t odd = channels->taps & kTapsAtOnce;
  const uint32_t end = channels->end;
  for (uint32_t i = channels->next; i != end; ++i) {
    const uint8_t* const next = filter + filter_bytes;
    const auto bias = Read<uint32_t>(filter);
    uint32_t sums[4] = {bias, bias, bias, bias};
    Accumulate(filter + sizeof(FilterRecord), next, patches, odd, sums);
    const Scaled scaled(Read<FilterRecord>(filter));
    int32_t value0 = scaled(sums[0]);
    int32_t value1 = scaled(sums[1]);
    int32_t value2 = scaled(sums[2]);
    int32_t value3 = scaled(sums[3]);
    if (channels->clamps) {
      value0 = Clamp(value0, channels->low, channels->high);
      value1 = Clamp(value1, channels->low, channels->high);
      value2 = Clamp(value2, channels->low, channels->high);
      value3 = Clamp(value3, channels->low, channels->high);
    }
    Put<T>(value0, channels->outputs[0], i);
    Put<T>(value1, channels->outputs[1], i);
    Put<T>(value2, channels->outputs[2], i);
    Put<T>(value3, channels->outputs[3], i);
    filter = next;
  }
  channels->filter = filter;
}

// What the kinds of convolution differ in.
struct Arithmetic {
  uint32_t element_bytes;
  int32_t least;
  int32_t largest;
  decltype(&TakePatch<int8_t>) take_patch;
  void (*run_one)(Channels* channels);
  void (*run_four)(Channels* channels);
};

template <typename T, typename Scaled>
constexpr Arithmetic kArithmetic = {sizeof(T),
                                    std::numeric_limits<T>::min(),
                                    std::numeric_limits<T>::max(),
                                    TakePatch<T>,
                                    RunOne<T, Scaled>,
                                    RunFour<T, Scaled>};

class Convolution {
 public:
  Convolution(const Operator& op, const Arithmetic& arithmetic, uint8_t* memory)
      : record_(Read<ConvolutionRecord>(op.body)),
        arithmetic_(arithmetic),
        filters_(op.body + sizeof(record_)),
        zero_point_(op.ticket->tensor(record_.input).zero_point),
        input_(memory + op.ticket->tensor(record_.input).offset),
        output_(memory + op.ticket->tensor(record_.output).offset),
        patches_(memory + op.ticket->tensor(record_.scratch).offset),
        channels_(record_.output_channels / record_.groups) {
    job_.patches = patches_;
    job_.taps = PaddedTaps(Taps(record_));
    job_.low = record_.low;
    job_.high = record_.high;
    job_.clamps =
        record_.low > arithmetic.least || record_.high < arithmetic.largest;
  }

  void Run() {
    uint32_t left = record_.batch * record_.rows.positions *
                    static_cast<uint32_t>(record_.columns.positions);
    if (record_.patches == kMany) {
      for (; left >= kMany; left -= kMany) RunAt(kMany, arithmetic_.run_four);
    }
    for (; left > 0; --left) RunAt(1, arithmetic_.run_one);
  }

 private:
  // All channels of the next positions.
  void RunAt(uint32_t positions, void (*run)(Channels* channels)) {
    const Place begin = place_;
    job_.filter = filters_;
    for (uint32_t group = 0; group < record_.groups; ++group) {
      place_ = begin;
      for (uint32_t i = 0; i < positions; ++i) {
        arithmetic_.take_patch(record_, input_, zero_point_, place_, group,
                               positions, patches_ + i * sizeof(uint32_t));
        job_.outputs[i] = Output();
        place_.Advance(record_);
      }
      job_.next = group * channels_;
      job_.end = job_.next + channels_;
      run(&job_);
    }
  }

  uint8_t* Output() const {
    const AxisRecord& rows = record_.rows;
    const AxisRecord& columns = record_.columns;
    const uint32_t row =
        place_.batch * rows.output + rows.first + place_.row * rows.step;
    const uint32_t column = columns.first + place_.column * columns.step;
    return output_ + (row * columns.output + column) * record_.output_channels *
                         arithmetic_.element_bytes;
  }

  const ConvolutionRecord record_;
  const Arithmetic& arithmetic_;
  const uint8_t* filters_;
  const int8_t zero_point_;
  const uint8_t* input_;
  uint8_t* output_;
  uint8_t* patches_;
  const uint32_t channels_;  // of the output, in a group
  Place place_;
  Channels job_;
};

void Run(const Operator& op, const Arithmetic& arithmetic, uint8_t* memory) {
  Convolution(op, arithmetic, memory).Run();
}

template <typename T, typename Scaled>
void RunConvolution(const Operator& op, uint8_t* memory) {
  Run(op, kArithmetic<T, Scaled>, memory);
}

bool CheckConvolution8(const Operator& op, uint32_t* work) {
  return CheckConvolution(op, kInt8, work);
}

bool CheckConvolution16(const Operator& op, uint32_t* work) {
  return CheckConvolution(op, kInt16, work);
}

}  // namespace

const OperatorFunctions kConvolution8Functions = {
    CheckConvolution8, RunConvolution<int8_t, ScaledTwice>};
const OperatorFunctions kConvolution16Functions = {
    CheckConvolution16, RunConvolution<int16_t, ScaledOnce>};
const OperatorFunctions kConvolution16TwiceFunctions = {
    CheckConvolution16, RunConvolution<int16_t, ScaledTwice>};

}  // namespace tombola
