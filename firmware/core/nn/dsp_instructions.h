// The Cortex-M7's DSP instructions that C++ has no words for, and the same bits
// in plain C++ for every other machine.

#pragma once

#include <cstdint>
#include <cstring>

#if defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

namespace tombola {

constexpr uint32_t kOnes = 0x00010001;  // a pair of ones

// A word from any address, which the core loads in one instruction.
inline uint32_t ReadUnaligned(const void* bytes) {
  uint32_t word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

#if defined(__ARM_FEATURE_SIMD32)

// Bytes 0 and 2, sign-extended to a pair of 16 bits.
inline uint32_t WidenEvenBytes(uint32_t bytes) {
  return static_cast<uint32_t>(__sxtb16(bytes));
}

// Bytes 1 and 3. The instruction turns its operand for nothing, which the
// intrinsic cannot say.
inline uint32_t WidenOddBytes(uint32_t bytes) {
  uint32_t pair;
  asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
  return pair;
}

// Each half of a pair plus bytes 0 and 2, sign-extended.
inline uint32_t AddEvenBytes(uint32_t pair, uint32_t bytes) {
  return static_cast<uint32_t>(__sxtab16(pair, bytes));
}

// Plus bytes 1 and 3.
inline uint32_t AddOddBytes(uint32_t pair, uint32_t bytes) {
  uint32_t sum;
  asm("sxtab16 %0, %1, %2, ror #8" : "=r"(sum) : "r"(pair), "r"(bytes));
  return sum;
}

// sum + a.low * b.low + a.high * b.high, modulo 2^32.
inline uint32_t DotPairs(uint32_t a, uint32_t b, uint32_t sum) {
  uint32_t result;
  asm("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

// In each half the larger, or the smaller, of two signed numbers.
inline uint32_t LargerHalves(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub16 %0, %1, %2\n\tsel %0, %1, %2"
      : "=&r"(result)
      : "r"(a), "r"(b)
      : "cc");
  return result;
}

inline uint32_t SmallerHalves(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub16 %0, %1, %2\n\tsel %0, %2, %1"
      : "=&r"(result)
      : "r"(a), "r"(b)
      : "cc");
  return result;
}

// a * b + sum of numbers that have 16 bits.
inline int32_t MultiplyAddHalves(int32_t a, int32_t b, int32_t sum) {
  int32_t result;
  asm("smlabb %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

// The product / 2^32 to the nearest, ties up.
inline int32_t RoundedHighProduct(int32_t a, int32_t b) {
  int32_t result;
  asm("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
  return result;
}

// The product / 2^32 to the nearest, ties up, and `sum` more.
inline int32_t RoundedHighProductSum(int32_t a, int32_t b, int32_t sum) {
  int32_t result;
  asm("smmlar %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

// The product / 2^32 downwards, and `sum` more.
inline int32_t HighProductSum(int32_t a, int32_t b, int32_t sum) {
  int32_t result;
  asm("smmla %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

// sum less the product / 2^32, to the nearest with ties up.
inline int32_t SubtractRoundedHighProduct(int32_t sum, int32_t a, int32_t b) {
  int32_t result;
  asm("smmlsr %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

// The nearest number of 8 bits.
inline int32_t SaturateToInt8(int32_t value) { return __ssat(value, 8); }

// The nearest number of 16 bits.
inline int32_t SaturateToInt16(int32_t value) { return __ssat(value, 16); }

// The nearest number of so many bits without a sign.
template <int kBits>
uint32_t SaturateToUnsigned(int32_t value) {
  return __usat(value, kBits);
}

// The low halves, a's below b's.
inline uint32_t PairLowHalves(uint32_t a, uint32_t b) {
  uint32_t pair;
  asm("pkhbt %0, %1, %2, lsl #16" : "=r"(pair) : "r"(a), "r"(b));
  return pair;
}

// The high halves, a's below b's.
inline uint32_t PairHighHalves(uint32_t a, uint32_t b) {
  uint32_t pair;
  asm("pkhtb %0, %1, %2, asr #16" : "=r"(pair) : "r"(b), "r"(a));
  return pair;
}

// low * multiplier + high + digit: the result's low half, and its high half in
// `high`.
inline uint32_t MultiplyWithCarry(uint32_t low, uint32_t multiplier,
                                  uint32_t digit, uint32_t* high) {
  asm("umaal %0, %1, %2, %3"
      : "+r"(digit), "+r"(*high)
      : "r"(low), "r"(multiplier));
  return digit;
}

// The same for sixteen words, one after another; returns what is behind them.
// Each step leaves the low half where its digit was, and the last register of a
// load is the first factor behind it, so that nothing has to be moved.
inline const uint8_t* MultiplyWithCarry16(const uint8_t* words,
                                          uint32_t multiplier, uint32_t* low,
                                          uint32_t* high) {
  register uint32_t carried asm("r12") = *low;
  asm("ldm %[words]!, {r4, r5, r6, r8, r9, r10, r11, lr}\n\t"
      "umaal r4, %[high], %[low], %[multiplier]\n\t"
      "umaal r5, %[high], r4, %[multiplier]\n\t"
      "umaal r6, %[high], r5, %[multiplier]\n\t"
      "umaal r8, %[high], r6, %[multiplier]\n\t"
      "umaal r9, %[high], r8, %[multiplier]\n\t"
      "umaal r10, %[high], r9, %[multiplier]\n\t"
      "umaal r11, %[high], r10, %[multiplier]\n\t"
      "umaal lr, %[high], r11, %[multiplier]\n\t"
      "ldm %[words]!, {r4, r5, r6, r8, r9, r10, r11, r12}\n\t"
      "umaal r4, %[high], lr, %[multiplier]\n\t"
      "umaal r5, %[high], r4, %[multiplier]\n\t"
      "umaal r6, %[high], r5, %[multiplier]\n\t"
      "umaal r8, %[high], r6, %[multiplier]\n\t"
      "umaal r9, %[high], r8, %[multiplier]\n\t"
      "umaal r10, %[high], r9, %[multiplier]\n\t"
      "umaal r11, %[high], r10, %[multiplier]\n\t"
      "umaal %[low], %[high], r11, %[multiplier]"
      : [words] "+r"(words), [low] "+r"(carried), [high] "+r"(*high)
      : [multiplier] "r"(multiplier)
      : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "lr", "memory");
  *low = carried;
  return words;
}

// The greater of each of four signed bytes.
inline uint32_t MaximumOfBytes(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub8 %0, %1, %2\n\tsel %0, %1, %2"
      : "=&r"(result)
      : "r"(a), "r"(b)
      : "cc");
  return result;
}

// The lesser.
inline uint32_t MinimumOfBytes(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub8 %0, %1, %2\n\tsel %0, %2, %1"
      : "=&r"(result)
      : "r"(a), "r"(b)
      : "cc");
  return result;
}

// The greater of each of two signed halves.
inline uint32_t MaximumOfPairs(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub16 %0, %1, %2\n\tsel %0, %1, %2"
      : "=&r"(result)
      : "r"(a), "r"(b)
      : "cc");
  return result;
}

// The lesser.
inline uint32_t MinimumOfPairs(uint32_t a, uint32_t b) {
  uint32_t result;
  asm("ssub16 %0, %1, %2\n\tsel %0, %2, %1"
      : "=&r"(result)
      : "r"(a), "r"(b)
      : "cc");
  return result;
}

#else

constexpr uint32_t SignExtendByte(uint32_t byte) {
  return static_cast<uint32_t>(static_cast<int8_t>(byte)) & 0xffffu;
}

constexpr uint32_t WidenEvenBytes(uint32_t bytes) {
  return SignExtendByte(bytes) | SignExtendByte(bytes >> 16) << 16;
}

constexpr uint32_t WidenOddBytes(uint32_t bytes) {
  return WidenEvenBytes(bytes >> 8);
}

constexpr uint32_t AddPairs(uint32_t a, uint32_t b) {
  return ((a + b) & 0xffffu) | ((a >> 16) + (b >> 16)) << 16;
}

constexpr uint32_t AddEvenBytes(uint32_t pair, uint32_t bytes) {
  return AddPairs(pair, WidenEvenBytes(bytes));
}

constexpr uint32_t AddOddBytes(uint32_t pair, uint32_t bytes) {
  return AddPairs(pair, WidenOddBytes(bytes));
}

constexpr uint32_t DotPairs(uint32_t a, uint32_t b, uint32_t sum) {
  const int32_t low = static_cast<int16_t>(a) * static_cast<int16_t>(b);
  const int32_t high =
      static_cast<int16_t>(a >> 16) * static_cast<int16_t>(b >> 16);
  return sum + static_cast<uint32_t>(low) + static_cast<uint32_t>(high);
}

constexpr uint32_t LargerHalves(uint32_t a, uint32_t b) {
  const bool low = static_cast<int16_t>(a) >= static_cast<int16_t>(b);
  const bool high =
      static_cast<int16_t>(a >> 16) >= static_cast<int16_t>(b >> 16);
  return ((low ? a : b) & 0xffffu) | ((high ? a : b) & 0xffff0000u);
}

constexpr uint32_t SmallerHalves(uint32_t a, uint32_t b) {
  return a ^ b ^ LargerHalves(a, b);
}

constexpr int32_t MultiplyAddHalves(int32_t a, int32_t b, int32_t sum) {
  return a * b + sum;
}

constexpr int32_t RoundedHighProduct(int32_t a, int32_t b) {
  const int64_t product = static_cast<int64_t>(a) * b;
  return static_cast<int32_t>((product + (int64_t{1} << 31)) >> 32);
}

constexpr int32_t RoundedHighProductSum(int32_t a, int32_t b, int32_t sum) {
  return static_cast<int32_t>(static_cast<uint32_t>(RoundedHighProduct(a, b)) +
                              static_cast<uint32_t>(sum));
}

constexpr int32_t HighProductSum(int32_t a, int32_t b, int32_t sum) {
  const int64_t product = static_cast<int64_t>(a) * b;
  return static_cast<int32_t>(static_cast<uint32_t>(product >> 32) +
                              static_cast<uint32_t>(sum));
}

constexpr int32_t SubtractRoundedHighProduct(int32_t sum, int32_t a,
                                             int32_t b) {
  const int64_t product = static_cast<int64_t>(a) * b;
  const int64_t rounded = ((int64_t{1} << 31) - product) >> 32;
  return static_cast<int32_t>(static_cast<uint32_t>(sum) +
                              static_cast<uint32_t>(rounded));
}

constexpr int32_t SaturateToInt8(int32_t value) {
  return value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value;
}

constexpr int32_t SaturateToInt16(int32_t value) {
  return value < INT16_MIN ? INT16_MIN : value > INT16_MAX ? INT16_MAX : value;
}

template <int kBits>
constexpr uint32_t SaturateToUnsigned(int32_t value) {
  constexpr int32_t kHigh = (1 << kBits) - 1;
  return static_cast<uint32_t>(value < 0 ? 0 : value > kHigh ? kHigh : value);
}

constexpr uint32_t PairLowHalves(uint32_t a, uint32_t b) {
  return (a & 0xffffu) | b << 16;
}

constexpr uint32_t PairHighHalves(uint32_t a, uint32_t b) {
  return a >> 16 | (b & 0xffff0000u);
}

inline uint32_t MultiplyWithCarry(uint32_t low, uint32_t multiplier,
                                  uint32_t digit, uint32_t* high) {
  const uint64_t sum = static_cast<uint64_t>(low) * multiplier + *high + digit;
  *high = static_cast<uint32_t>(sum >> 32);
  return static_cast<uint32_t>(sum);
}

inline const uint8_t* MultiplyWithCarry16(const uint8_t* words,
                                          uint32_t multiplier, uint32_t* low,
                                          uint32_t* high) {
  for (int i = 0; i < 16; ++i, words += 4) {
    uint32_t digit;
    std::memcpy(&digit, words, sizeof(digit));
    *low = MultiplyWithCarry(*low, multiplier, digit, high);
  }
  return words;
}

// Applies `choose` to each signed lane of type T of two words.
template <typename T, typename Choose>
constexpr uint32_t LaneByLane(uint32_t a, uint32_t b, Choose choose) {
  constexpr uint32_t kMask = sizeof(T) == 1 ? 0xffu : 0xffffu;
  uint32_t result = 0;
  for (uint32_t shift = 0; shift < 32; shift += 8 * sizeof(T)) {
    const T lane =
        choose(static_cast<T>(a >> shift), static_cast<T>(b >> shift));
    result |= (static_cast<uint32_t>(lane) & kMask) << shift;
  }
  return result;
}

constexpr uint32_t MaximumOfBytes(uint32_t a, uint32_t b) {
  return LaneByLane<int8_t>(a, b,
                            [](int8_t x, int8_t y) { return x > y ? x : y; });
}

constexpr uint32_t MinimumOfBytes(uint32_t a, uint32_t b) {
  return LaneByLane<int8_t>(a, b,
                            [](int8_t x, int8_t y) { return x < y ? x : y; });
}

constexpr uint32_t MaximumOfPairs(uint32_t a, uint32_t b) {
  return LaneByLane<int16_t>(
      a, b, [](int16_t x, int16_t y) { return x > y ? x : y; });
}

constexpr uint32_t MinimumOfPairs(uint32_t a, uint32_t b) {
  return LaneByLane<int16_t>(
      a, b, [](int16_t x, int16_t y) { return x < y ? x : y; });
}

#endif

}  // namespace tombola
