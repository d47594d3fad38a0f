// The Cortex-M7's DSP instructions that C++ has no words for, and the same bits
// in plain C++ for every other machine.

#pragma once

#include <cstdint>

#if defined(__ARM_FEATURE_SIMD32)
#include <arm_acle.h>
#endif

namespace tombola {

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

// sum + a.low * b.low + a.high * b.high, modulo 2^32.
inline uint32_t DotPairs(uint32_t a, uint32_t b, uint32_t sum) {
  uint32_t result;
  asm("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
  return result;
}

// The product / 2^32 to the nearest, ties up.
inline int32_t RoundedHighProduct(int32_t a, int32_t b) {
  int32_t result;
  asm("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
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

constexpr uint32_t DotPairs(uint32_t a, uint32_t b, uint32_t sum) {
  const int32_t low = static_cast<int16_t>(a) * static_cast<int16_t>(b);
  const int32_t high =
      static_cast<int16_t>(a >> 16) * static_cast<int16_t>(b >> 16);
  return sum + static_cast<uint32_t>(low) + static_cast<uint32_t>(high);
}

constexpr int32_t RoundedHighProduct(int32_t a, int32_t b) {
  const int64_t product = static_cast<int64_t>(a) * b;
  return static_cast<int32_t>((product + (int64_t{1} << 31)) >> 32);
}

#endif

}  // namespace tombola
