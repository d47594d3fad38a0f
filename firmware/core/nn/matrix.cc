#include "firmware/core/nn/matrix.h"

#include <cstddef>
#include <type_traits>

#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/fixed_point.h"

// A word of weights, multiplied with a pair of elements as it is, adds 256 *
// even + odd + 128 for both its columns (SMLAD); its even bytes alone (UXTB16)
// add odd + 128. So three instructions make four products, where widening every
// weight takes four. The sum of all elements, times 128, is what there is too
// much: it is taken off at the start.

namespace tombola {
namespace {

constexpr uint32_t kColumnGroups = 4;  // in a round of the loop

constexpr uint32_t ScaleBytes(MatrixScaling scaling) {
  return scaling == kDoubleScaling ? sizeof(DoubleScales)
                                   : kLanes * sizeof(IntegerScale);
}

// What a kernel works on besides the blocks. The assembly takes it apart by
// its places.
struct Frame {
  const int16_t* x;
  const int16_t* x_end;
  // -128 * the sum of x: the low and high half of both accumulators of 64
  // bits, and those of 32 bits, in the order of their registers.
  uint32_t low0, high0, low1, low2, high2, low3;
  uint32_t groups_left_out;  // of the first round
  uint8_t* y_end;
  uint32_t skipped_bytes;  // of the weights of a block
  int32_t zero_point;
};

// Goes through the blocks until y is y_end.
using Kernel = void(const uint8_t* blocks, uint8_t* y, const Frame* frame);

#if defined(__ARM_FEATURE_SIMD32)

// Registers: r0 blocks, r1 x, r2 its end, r3 and r8 pairs of x, lr y. Sums of
// even rows in r6 and r10 (with r7 and r11 as their high halves where there are
// 64 bits), of odd rows in r9 and r12; weights in what is left. Behind the loop
// r3 is the end of y.
static_assert(offsetof(Frame, groups_left_out) == 32, "as below");
static_assert(offsetof(Frame, y_end) == 36, "as below");
static_assert(offsetof(Frame, skipped_bytes) == 40, "as below");
static_assert(offsetof(Frame, zero_point) == 44, "as below");

// Puts the frame on the stack, with the address at which the first round of the
// loop begins in the place of groups_left_out, and goes there. That way of
// beginning a block, one load of all it needs, takes no instruction more.
#define BEGIN_BLOCKS(group_bytes)        \
  "push {r4-r11, lr}\n\t"                \
  "mov lr, r1\n\t"                       \
  "add r12, r2, #32\n\t"                 \
  "ldm r12, {r4-r7}\n\t"                 \
  "adr r8, 1f\n\t"                       \
  "mov r9, #" group_bytes                \
  "\n\t"                                 \
  "mla r4, r4, r9, r8\n\t"               \
  "orr r4, #1\n\t" /* a Thumb address */ \
  "push {r4-r7}\n\t"                     \
  "ldm r2, {r4-r11}\n\t"                 \
  "push {r4-r11}\n\t"                    \
  "ldm sp, {r1, r2, r6, r7, r9-r12, pc}\n\t"

// Four columns of four rows, in sums of 32 bits.
#define NARROW_GROUP               \
  "ldrd r3, r8, [r1], #8\n\t"      \
  "ldm r0!, {r4, r5, r7, r11}\n\t" \
  "smlad r6, r4, r3, r6\n\t"       \
  "uxtb16 r4, r4\n\t"              \
  "smlad r10, r5, r3, r10\n\t"     \
  "uxtb16 r5, r5\n\t"              \
  "smlad r6, r7, r8, r6\n\t"       \
  "uxtb16 r7, r7\n\t"              \
  "smlad r10, r11, r8, r10\n\t"    \
  "uxtb16 r11, r11\n\t"            \
  "smlad r9, r4, r3, r9\n\t"       \
  "smlad r12, r5, r3, r12\n\t"     \
  "smlad r9, r7, r8, r9\n\t"       \
  "smlad r12, r11, r8, r12\n\t"

// The same with 64 bits for the even rows.
#define WIDE_GROUP              \
  "ldrd r3, r8, [r1], #8\n\t"   \
  "ldrd r4, r5, [r0], #8\n\t"   \
  "smlald r6, r7, r4, r3\n\t"   \
  "uxtb16 r4, r4\n\t"           \
  "smlald r10, r11, r5, r3\n\t" \
  "uxtb16 r5, r5\n\t"           \
  "smlad r9, r4, r3, r9\n\t"    \
  "smlad r12, r5, r3, r12\n\t"  \
  "ldrd r4, r5, [r0], #8\n\t"   \
  "smlald r6, r7, r4, r8\n\t"   \
  "uxtb16 r4, r4\n\t"           \
  "smlald r10, r11, r5, r8\n\t" \
  "uxtb16 r5, r5\n\t"           \
  "smlad r9, r4, r8, r9\n\t"    \
  "smlad r12, r5, r8, r12\n\t"

#define ALL_GROUPS(group)          \
  ".balign 8\n"                    \
  "1:\n\t" group group group group \
  "cmp r1, r2\n\t"                 \
  "bne 1b\n\t"                     \
  "ldrd r3, r8, [sp, #36]\n\t"     \
  "add r0, r0, r8\n\t"

// What the odd rows added to the even ones comes off, and leaves those times
// 256: the sums of rows 0 to 3 are in r6, r9, r10 and r12. Of 64 bits it comes
// off behind the shift: what is below 256 has no carry then.
#define NARROW_SUMS       \
  "sub r6, r6, r9\n\t"    \
  "sub r10, r10, r12\n\t" \
  "asr r6, r6, #8\n\t"    \
  "asr r10, r10, #8\n\t"

#define WIDE_SUMS                  \
  "lsr r6, r6, #8\n\t"             \
  "lsr r10, r10, #8\n\t"           \
  "orr r6, r6, r7, lsl #24\n\t"    \
  "orr r10, r10, r11, lsl #24\n\t" \
  "sub r6, r6, r9, asr #8\n\t"     \
  "sub r10, r10, r12, asr #8\n\t"

// Two rows by their IntegerScales.
#define SCALE_BY_INTEGERS(sum0, sum1) \
  "ldm r0!, {r1-r5, r7, r8, r11}\n\t" \
  "smlal r1, r2, " sum0               \
  ", r3\n\t"                          \
  "smlal r5, r7, " sum1               \
  ", r8\n\t"                          \
  "asr r2, r2, r4\n\t"                \
  "asr r7, r7, r11\n\t"               \
  "ssat r2, #8, r2\n\t"               \
  "ssat r7, #8, r7\n\t"               \
  "strb r2, [lr], #1\n\t"             \
  "strb r7, [lr], #1\n\t"

// Four rows by DoubleScales: to whole numbers in r1, r2, r4 and r5.
#define SCALE_BY_DOUBLES          \
  "ldm r0!, {r1, r2, r4, r5}\n\t" \
  "vldm r0!, {d4-d7}\n\t"         \
  "add r1, r1, r6\n\t"            \
  "add r2, r2, r9\n\t"            \
  "add r4, r4, r10\n\t"           \
  "add r5, r5, r12\n\t"           \
  "vmov d0, r1, r2\n\t"           \
  "vmov d1, r4, r5\n\t"           \
  "vcvt.f64.s32 d2, s0\n\t"       \
  "vcvt.f64.s32 d3, s1\n\t"       \
  "vmul.f64 d4, d4, d2\n\t"       \
  "vmul.f64 d5, d5, d3\n\t"       \
  "vcvt.f64.s32 d2, s2\n\t"       \
  "vcvt.f64.s32 d3, s3\n\t"       \
  "vmul.f64 d6, d6, d2\n\t"       \
  "vmul.f64 d7, d7, d3\n\t"       \
  "vcvta.s32.f64 s0, d4\n\t"      \
  "vcvta.s32.f64 s1, d5\n\t"      \
  "vcvta.s32.f64 s2, d6\n\t"      \
  "vcvta.s32.f64 s3, d7\n\t"      \
  "vmov r1, r2, d0\n\t"           \
  "vmov r4, r5, d1\n\t"

#define STORE_INT16               \
  "ssat r1, #16, r1\n\t"          \
  "ssat r2, #16, r2\n\t"          \
  "ssat r4, #16, r4\n\t"          \
  "ssat r5, #16, r5\n\t"          \
  "pkhbt r1, r1, r2, lsl #16\n\t" \
  "pkhbt r4, r4, r5, lsl #16\n\t" \
  "strd r1, r4, [lr], #8\n\t"

#define STORE_INT8(element)        \
  "qadd " element ", " element     \
  ", r7\n\t"                       \
  "ssat " element ", #8, " element \
  "\n\t"                           \
  "strb " element ", [lr], #1\n\t"

#define STORE_FOUR_INT8                                                      \
  "ldr r7, [sp, #44]\n\t" STORE_INT8("r1") STORE_INT8("r2") STORE_INT8("r4") \
      STORE_INT8("r5")

#define RELOAD_END "ldr r3, [sp, #36]\n\t"

#define END_BLOCKS                             \
  "cmp lr, r3\n\t"                             \
  "it ne\n\t"                                  \
  "ldmne sp, {r1, r2, r6, r7, r9-r12, pc}\n\t" \
  "add sp, #48\n\t"                            \
  "pop {r4-r11, pc}\n\t"

__attribute__((naked)) void NarrowByIntegers(const uint8_t* /*blocks*/,
                                             uint8_t* /*y*/,
                                             const Frame* /*frame*/) {
  asm(BEGIN_BLOCKS("56")        //
      ALL_GROUPS(NARROW_GROUP)  //
      NARROW_SUMS               //
          SCALE_BY_INTEGERS("r6", "r9") SCALE_BY_INTEGERS("r10", "r12")
              RELOAD_END END_BLOCKS);
}

__attribute__((naked)) void WideInt8(const uint8_t* /*blocks*/, uint8_t* /*y*/,
                                     const Frame* /*frame*/) {
  asm(BEGIN_BLOCKS("60") ALL_GROUPS(WIDE_GROUP)
          WIDE_SUMS SCALE_BY_DOUBLES STORE_FOUR_INT8 END_BLOCKS);
}

__attribute__((naked)) void WideInt16(const uint8_t* /*blocks*/, uint8_t* /*y*/,
                                      const Frame* /*frame*/) {
  asm(BEGIN_BLOCKS("60") ALL_GROUPS(WIDE_GROUP)
          WIDE_SUMS SCALE_BY_DOUBLES STORE_INT16 END_BLOCKS);
}

#else

// The same in plain C++.

struct Sums {
  int32_t rows[kLanes];
};

// The products of both halves; modulo 2^32 this is DotPairs.
int64_t Dot(uint32_t a, uint32_t b) {
  return int64_t{static_cast<int16_t>(a)} * static_cast<int16_t>(b) +
         int64_t{static_cast<int16_t>(a >> 16)} * static_cast<int16_t>(b >> 16);
}

// Wide is int32_t or int64_t: what the sums of even rows, times 256, have.
template <typename Wide>
Sums SumFourRows(const uint8_t* weights, const Frame& frame) {
  using Modulo = std::make_unsigned_t<Wide>;
  constexpr uint32_t kEvenBytes = 0x00FF00FF;
  const int64_t start =
      static_cast<int64_t>(uint64_t{frame.high0} << 32 | frame.low0);
  Sums sums;
  for (uint32_t half = 0; half < 2; ++half) {
    Modulo both = static_cast<Modulo>(start);
    uint32_t odd = static_cast<uint32_t>(start);
    const uint8_t* at = weights + half * sizeof(uint32_t);
    for (const int16_t* x = frame.x; x != frame.x_end; x += 2, at += 8) {
      const uint32_t word = Read<uint32_t>(at);
      const uint32_t pair = Read<uint32_t>(x);
      both += static_cast<Modulo>(Dot(word, pair));
      odd = DotPairs(word & kEvenBytes, pair, odd);
    }
    const int32_t odd_sum = static_cast<int32_t>(odd);
    const Modulo even = both - static_cast<Modulo>(Wide{odd_sum});
    sums.rows[2 * half] = static_cast<int32_t>(static_cast<Wide>(even) >> 8);
    sums.rows[2 * half + 1] = odd_sum;
  }
  return sums;
}

// To the nearest whole number, ties away from zero, at most 32 bits; NaN is 0.
int32_t RoundToNearest(double value) {
  constexpr double kLow = INT32_MIN;
  constexpr double kHigh = INT32_MAX;
  if (!(value > kLow)) return value <= kLow ? INT32_MIN : 0;
  if (value >= kHigh) return INT32_MAX;
  const int32_t whole = static_cast<int32_t>(value);
  const double rest = value - whole;
  return whole + (rest >= 0.5) - (rest <= -0.5);
}

int64_t ScaledByDouble(int32_t sum, int32_t bias, double scale) {
  const uint32_t total =
      static_cast<uint32_t>(sum) + static_cast<uint32_t>(bias);
  return RoundToNearest(static_cast<int32_t>(total) * scale);
}

int32_t ScaledByInteger(int32_t sum, const IntegerScale& scale) {
  const uint64_t product =
      static_cast<uint64_t>(int64_t{sum} * scale.multiplier);
  const uint64_t total = product + static_cast<uint64_t>(scale.constant);
  const uint32_t shift = scale.shift & 0xFF;
  return static_cast<int32_t>(total >> 32) >> (shift < 31 ? shift : 31);
}

// One row of four, by what lies behind their weights.
template <typename T, MatrixScaling scaling>
T Scaled(int32_t sum, const uint8_t* scales, uint32_t row, int32_t zero_point) {
  constexpr int32_t kLow =
      std::is_same<T, int8_t>::value ? INT8_MIN : INT16_MIN;
  if (scaling == kIntegerScaling) {
    const auto scale = Read<IntegerScale>(scales + row * sizeof(IntegerScale));
    return static_cast<T>(Clamp(ScaledByInteger(sum, scale), kLow, -kLow - 1));
  }
  const auto all = Read<DoubleScales>(scales);
  const int64_t element =
      ScaledByDouble(sum, all.bias[row], all.scale[row]) + zero_point;
  return static_cast<T>(element < kLow     ? kLow
                        : element >= -kLow ? -kLow - 1
                                           : element);
}

template <typename T, typename Wide, MatrixScaling scaling>
void MultiplyBlocks(const uint8_t* blocks, uint8_t* y, const Frame* frame) {
  const uint32_t columns = static_cast<uint32_t>(frame->x_end - frame->x);
  const uint32_t weight_bytes = columns * kLanes + frame->skipped_bytes;
  while (y != frame->y_end) {
    const Sums sums = SumFourRows<Wide>(blocks, *frame);
    blocks += weight_bytes;
    for (uint32_t row = 0; row < kLanes; ++row, y += sizeof(T)) {
      const T element =
          Scaled<T, scaling>(sums.rows[row], blocks, row, frame->zero_point);
      std::memcpy(y, &element, sizeof(element));
    }
    blocks += ScaleBytes(scaling);
  }
}

constexpr Kernel* NarrowByIntegers =
    MultiplyBlocks<int8_t, int32_t, kIntegerScaling>;
constexpr Kernel* WideInt8 = MultiplyBlocks<int8_t, int64_t, kDoubleScaling>;
constexpr Kernel* WideInt16 = MultiplyBlocks<int16_t, int64_t, kDoubleScaling>;

#endif

template <typename T>
void Run(Kernel* kernel, const MatrixRecord& record, const uint8_t* matrix,
         const Vector& x, uint32_t rows, T* y) {
  const int64_t start = int64_t{x.sum} * -128;
  const auto low = static_cast<uint32_t>(start);
  const auto high = static_cast<uint32_t>(start >> 32);
  Frame frame;
  frame.x = x.elements;
  frame.x_end = x.elements + x.columns;
  frame.low0 = frame.low1 = frame.low2 = frame.low3 = low;
  frame.high0 = frame.high2 = high;
  frame.groups_left_out = (0 - x.columns / kLanes) % kColumnGroups;
  frame.y_end = reinterpret_cast<uint8_t*>(y + RoundUpToLanes(rows));
  frame.skipped_bytes = (RoundUpToLanes(record.columns) - x.columns) * kLanes;
  frame.zero_point = record.zero_point;
  kernel(matrix + sizeof(record), reinterpret_cast<uint8_t*>(y), &frame);
}

}  // namespace

bool IsValid(const MatrixRecord& record, TensorType type) {
  const bool known = record.scaling == kDoubleScaling ||
                     (record.scaling == kIntegerScaling && type == kInt8);
  return known && record.rows > 0 && record.columns > 0 &&
         (type == kInt8 || record.zero_point == 0) && record.reserved == 0;
}

uint32_t MatrixBytes(const MatrixRecord& record) {
  const uint32_t blocks = RoundUpToLanes(record.rows) / kLanes;
  const uint32_t weight_bytes = RoundUpToLanes(record.columns) * kLanes;
  return sizeof(record) + blocks * (weight_bytes + ScaleBytes(record.scaling));
}

Vector Widen(const int8_t* x, uint32_t count, int zero_point,
             int16_t* elements) {
  const uint32_t columns = RoundUpToLanes(count);
  const uint32_t offset = (0u - zero_point) % 0x10000 * kOnes;
  uint32_t sum = 0;
  int16_t* to = elements;
  for (const int8_t* end = x + columns; x != end; x += kLanes, to += kLanes) {
    const uint32_t bytes = Read<uint32_t>(x);
    const uint32_t even = AddEvenBytes(offset, bytes);
    const uint32_t odd = AddOddBytes(offset, bytes);
    Write(even, to);
    Write(odd, to + 2);
    sum = DotPairs(even, kOnes, DotPairs(odd, kOnes, sum));
  }
  return {elements, columns, static_cast<int32_t>(sum)};
}

Vector Widen(const int16_t* x, uint32_t count, int /*zero_point*/,
             int16_t* /*elements*/) {
  const uint32_t columns = RoundUpToLanes(count);
  uint32_t sum = 0;
  const int16_t* end = x + columns;
#pragma GCC unroll 4
  for (const int16_t* at = x; at != end; at += kLanes) {
    sum = DotPairs(Read<uint32_t>(at), kOnes, sum);
    sum = DotPairs(Read<uint32_t>(at + 2), kOnes, sum);
  }
  return {x, columns, static_cast<int32_t>(sum)};
}

void Multiply(const uint8_t* matrix, const Vector& x, uint32_t rows,
              int8_t* y) {
  const auto record = Read<MatrixRecord>(matrix);
  Run(record.scaling == kIntegerScaling ? NarrowByIntegers : WideInt8, record,
      matrix, x, rows, y);
}

void Multiply(const uint8_t* matrix, const Vector& x, uint32_t rows,
              int16_t* y) {
  Run(WideInt16, Read<MatrixRecord>(matrix), matrix, x, rows, y);
}

}  // namespace tombola
