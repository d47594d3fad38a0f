#include "firmware/core/nn/convolution_patch.h"

#include <cstring>

#include "firmware/core/nn/dsp_instructions.h"

namespace tombola {
namespace {

struct FourTaps {
  uint32_t even;
  uint32_t odd;
};

inline FourTaps ReadFourTaps(const int8_t* x) {
  const uint32_t bytes = ReadUnaligned(x);
  return {WidenEvenBytes(bytes), WidenOddBytes(bytes)};
}

inline FourTaps ReadFourTaps(const int16_t* x) {
  const uint32_t x01 = ReadUnaligned(x);
  const uint32_t x23 = ReadUnaligned(x + 2);
  return {PairLowHalves(x01, x23), PairHighHalves(x01, x23)};
}

class PatchWriter {
 public:
  PatchWriter(uint8_t* patch, uint32_t patches)
      : four_(patch), pair_bytes_(patches * sizeof(uint32_t)) {}

  template <typename T>
  __attribute__((noinline)) void Copy(const T* x, uint32_t count) {
    for (; count > 0 && lane_ != 0; --count) PutOne(*x++);
    // Not in `this`, which the bytes written might be for all that C++ knows.
    uint8_t* four = four_;
    const uint32_t pair_bytes = pair_bytes_;
    for (; count >= 8; count -= 8, x += 8) {
      four = Put(ReadFourTaps(x), four, pair_bytes);
      four = Put(ReadFourTaps(x + 4), four, pair_bytes);
    }
    for (; count >= 4; count -= 4, x += 4) {
      four = Put(ReadFourTaps(x), four, pair_bytes);
    }
    four_ = four;
    for (; count > 0; --count) PutOne(*x++);
  }

  __attribute__((noinline)) void Fill(int16_t tap, uint32_t count) {
    for (; count > 0 && lane_ != 0; --count) PutOne(tap);
    const auto half = static_cast<uint16_t>(tap);
    const uint32_t pair = half | static_cast<uint32_t>(half) << 16;
    for (; count >= 4; count -= 4) {
      four_ = Put({pair, pair}, four_, pair_bytes_);
    }
    for (; count > 0; --count) PutOne(tap);
  }

 private:
  static uint8_t* Put(FourTaps taps, uint8_t* four, uint32_t pair_bytes) {
    std::memcpy(__builtin_assume_aligned(four, 4), &taps.even,
                sizeof(taps.even));
    std::memcpy(__builtin_assume_aligned(four + pair_bytes, 4), &taps.odd,
                sizeof(taps.odd));
    return four + 2 * pair_bytes;
  }

  void PutOne(int16_t tap) {
    std::memcpy(four_ + (lane_ & 1) * pair_bytes_ + (lane_ >> 1) * sizeof(tap),
                &tap, sizeof(tap));
    lane_ = (lane_ + 1) % 4;
    if (lane_ == 0) four_ += 2 * pair_bytes_;
  }

  uint8_t* four_;  // where the next four taps go
  uint32_t pair_bytes_;
  uint32_t lane_ = 0;  // how many of them are there
};

// How many of `count` inputs from `origin` on lie before `end`.
inline uint32_t CountBefore(int32_t end, int32_t origin, uint32_t count) {
  if (end <= origin) return 0;
  const auto before = static_cast<uint32_t>(end - origin);
  return before < count ? before : count;
}

}  // namespace

template <typename T>
void TakePatch(const WindowRecord& window, uint32_t groups,
               const uint8_t* image, int8_t zero_point, const Place& place,
               uint32_t group, uint32_t patches, uint8_t* patch) {
  PatchWriter writer(patch, patches);
  const AxisRecord& rows = window.rows;
  const AxisRecord& columns = window.columns;
  const uint32_t channels = window.input_channels / groups;
  const int32_t top = place.top();
  const int32_t left = place.left();
  // Kernel columns that lie one after another in memory.
  const uint32_t run =
      columns.dilation == 1 && groups == 1 ? columns.kernel : 1;
  for (uint32_t k = 0; k < rows.kernel; ++k) {
    const int32_t y = top + static_cast<int32_t>(k * rows.dilation);
    if (y < 0 || y >= rows.input) {
      writer.Fill(zero_point, columns.kernel * channels);
      continue;
    }
    const T* line = reinterpret_cast<const T*>(image) + group * channels +
                    (place.batch() * rows.input + static_cast<uint32_t>(y)) *
                        columns.input * window.input_channels;
    for (uint32_t l = 0; l < columns.kernel; l += run) {
      const int32_t x = left + static_cast<int32_t>(l * columns.dilation);
      const uint32_t begin = CountBefore(0, x, run);
      const uint32_t end = CountBefore(columns.input, x, run);
      if (begin > 0) writer.Fill(zero_point, begin * channels);
      if (begin < end) {
        const uint32_t first = static_cast<uint32_t>(x) + begin;
        writer.Copy(line + first * window.input_channels,
                    (end - begin) * channels);
      }
      if (end < run) writer.Fill(zero_point, (run - end) * channels);
    }
  }
}

template void TakePatch<int8_t>(const WindowRecord& window, uint32_t groups,
                                const uint8_t* image, int8_t zero_point,
                                const Place& place, uint32_t group,
                                uint32_t patches, uint8_t* patch);
template void TakePatch<int16_t>(const WindowRecord& window, uint32_t groups,
                                 const uint8_t* image, int8_t zero_point,
                                 const Place& place, uint32_t group,
                                 uint32_t patches, uint8_t* patch);

}  // namespace tombola
