// The sums of one output channel: its weights times the taps of a patch, or of
// four interleaved ones, in 32 bits modulo 2^32.

#pragma once

#include <cstdint>

#include "firmware/core/nn/convolution_patch.h"
#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/ticket_format.h"

namespace tombola {

// All add to the sums; `odd` is not 0 when the taps are an odd multiple of
// kTapsAtOnce. There is at least one.
#if defined(__ARM_FEATURE_SIMD32)

// A load of several words is one instruction. The sums, the pointers and what
// is loaded take 13 registers, all that the compiler gives, so the end waits in
// memory.
#define TOMBOLA_PAIR(weights)               \
  "ldmia %[patches]!, {r0, r1, r2, r3}\n\t" \
  "sxtb16 r6, " weights                     \
  "\n\t"                                    \
  "smlad %[sum0], r6, r0, %[sum0]\n\t"      \
  "smlad %[sum1], r6, r1, %[sum1]\n\t"      \
  "smlad %[sum2], r6, r2, %[sum2]\n\t"      \
  "smlad %[sum3], r6, r3, %[sum3]\n\t"
#define TOMBOLA_EIGHT_TAPS                             \
  "ldmia %[weights]!, {r4, r5}\n\t" TOMBOLA_PAIR("r4") \
      TOMBOLA_PAIR("r4, ror #8") TOMBOLA_PAIR("r5") TOMBOLA_PAIR("r5, ror #8")

// A word in a register of the floating-point unit.
template <typename T>
float InFloat(T word) {
  float bits;
  static_assert(sizeof(bits) == sizeof(word), "a word");
  std::memcpy(&bits, &word, sizeof(bits));
  return bits;
}

inline void Accumulate(const uint8_t* weights, const uint8_t* end,
                       const uint8_t* patches, uint32_t odd,
                       uint32_t (&sums)[4]) {
  register const uint8_t* at asm("r7") = patches;
  register uint32_t sum0 asm("r8") = sums[0];
  register uint32_t sum1 asm("r9") = sums[1];
  register uint32_t sum2 asm("r10") = sums[2];
  register uint32_t sum3 asm("r11") = sums[3];
  register const uint8_t* next asm("r12") = weights;
  asm("vmov r6, %[odd]\n\t"
      "cmp r6, #0\n\t"
      "bne 2f\n"
      "1:\n\t" TOMBOLA_EIGHT_TAPS "2:\n\t" TOMBOLA_EIGHT_TAPS
      "vmov r6, %[end]\n\t"
      "cmp %[weights], r6\n\t"
      "bne 1b"
      : [weights] "+r"(next), [patches] "+r"(at), [sum0] "+r"(sum0),
        [sum1] "+r"(sum1), [sum2] "+r"(sum2), [sum3] "+r"(sum3)
      : [end] "t"(InFloat(end)), [odd] "t"(InFloat(odd))
      : "r0", "r1", "r2", "r3", "r4", "r5", "r6", "cc", "memory");
  sums[0] = sum0;
  sums[1] = sum1;
  sums[2] = sum2;
  sums[3] = sum3;
}
#undef TOMBOLA_EIGHT_TAPS
#undef TOMBOLA_PAIR

inline void Accumulate(const uint8_t* weights, const uint8_t* end,
                       const uint8_t* patch, uint32_t /*odd*/,
                       uint32_t (&sums)[1]) {
  uint32_t sum = sums[0];
  asm("1:\n\t"
      "ldmia %[weights]!, {r4, r5}\n\t"
      "ldmia %[patch]!, {r8, r9, r10, r11}\n\t"
      "sxtb16 r6, r4\n\t"
      "smlad %[sum], r6, r8, %[sum]\n\t"
      "sxtb16 r6, r4, ror #8\n\t"
      "smlad %[sum], r6, r9, %[sum]\n\t"
      "sxtb16 r6, r5\n\t"
      "smlad %[sum], r6, r10, %[sum]\n\t"
      "sxtb16 r6, r5, ror #8\n\t"
      "smlad %[sum], r6, r11, %[sum]\n\t"
      "cmp %[weights], %[end]\n\t"
      "bne 1b"
      : [weights] "+r"(weights), [patch] "+r"(patch), [sum] "+r"(sum)
      : [end] "r"(end)
      : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc", "memory");
  sums[0] = sum;
}

#else

template <uint32_t kPatches>
void Accumulate(const uint8_t* weights, const uint8_t* end,
                const uint8_t* patches, uint32_t /*odd*/,
                uint32_t (&sums)[kPatches]) {
  for (; weights != end; weights += sizeof(uint32_t)) {
    const auto four = Read<uint32_t>(weights);
    const uint32_t pairs[] = {WidenEvenBytes(four), WidenOddBytes(four)};
    for (const uint32_t pair : pairs) {
      for (uint32_t& sum : sums) {
        sum = DotPairs(pair, Read<uint32_t>(patches), sum);
        patches += sizeof(pair);
      }
    }
  }
}

#endif

}  // namespace tombola
