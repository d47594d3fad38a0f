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

// A load of several words is one instruction, and takes registers in order. The
// sums, the pointers and what is loaded are all that there are, so that each
// has its own.
#define TOMBOLA_PAIR(weights)               \
  "ldmia %[patches]!, {r0, r1, r2, r3}\n\t" \
  "sxtb16 %[pair], " weights                \
  "\n\t"                                    \
  "smlad %[sum0], %[pair], r0, %[sum0]\n\t" \
  "smlad %[sum1], %[pair], r1, %[sum1]\n\t" \
  "smlad %[sum2], %[pair], r2, %[sum2]\n\t" \
  "smlad %[sum3], %[pair], r3, %[sum3]\n\t"
#define TOMBOLA_EIGHT_TAPS                             \
  "ldmia %[weights]!, {r4, r5}\n\t" TOMBOLA_PAIR("r4") \
      TOMBOLA_PAIR("r4, ror #8") TOMBOLA_PAIR("r5") TOMBOLA_PAIR("r5, ror #8")

inline void Accumulate(const uint8_t* weights, const uint8_t* end,
                       const uint8_t* patches, uint32_t odd,
                       uint32_t (&sums)[4]) {
  register const uint8_t* at asm("r7") = patches;
  register uint32_t sum0 asm("r8") = sums[0];
  register uint32_t sum1 asm("r9") = sums[1];
  register uint32_t sum2 asm("r10") = sums[2];
  register uint32_t sum3 asm("r11") = sums[3];
  register const uint8_t* next asm("r12") = weights;
  register const uint8_t* last asm("lr") = end;
  register uint32_t pair asm("r6") = odd;
  asm("cbnz %[pair], 2f\n"
      "1:\n\t" TOMBOLA_EIGHT_TAPS "2:\n\t" TOMBOLA_EIGHT_TAPS
      "cmp %[weights], %[end]\n\t"
      "bne 1b"
      : [weights] "+r"(next), [patches] "+r"(at), [sum0] "+r"(sum0),
        [sum1] "+r"(sum1), [sum2] "+r"(sum2), [sum3] "+r"(sum3),
        [pair] "+r"(pair)
      : [end] "r"(last)
      : "r0", "r1", "r2", "r3", "r4", "r5", "cc", "memory");
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
