// The functions of libm that the sound needs, as float32 polynomials: the same
// bits on every machine, and no libm in the audio path. Coefficients are
// Chebyshev fits over the stated range; tests/cpp/test_dsp.cc holds the stated
// errors against libm in double. What a sample does not need is not inlined:
// flash is short.
#pragma once

#include <cstdint>
#include <cstring>

namespace tombola {

constexpr float kPi = 3.14159265358979f;

inline float Clamp(float x, float low, float high) {
  return x < low ? low : x > high ? high : x;
}

// The whole number nearest to x, |x| < 2^23.
inline int32_t Round(float x) {
  return static_cast<int32_t>(x < 0.0f ? x - 0.5f : x + 0.5f);
}

// sin x for |x| <= pi/4, within 1e-7.
inline float SinEighth(float x) {
  const float u = x * x;
  const float p = -0.166666647f + u * (0.00833274863f - u * 0.000195879498f);
  return x + x * (u * p);
}

// cos x for |x| <= pi/4, within 1e-7.
inline float CosEighth(float x) {
  const float u = x * x;
  const float p = 0.0416666646f + u * (-0.00138882994f + u * 2.45474821e-05f);
  return 1.0f + u * (-0.5f + u * p);
}

// sin(2 pi turns), |turns| < 2^20, within 1.5e-7 of it at the turns given.
[[gnu::noinline]] inline float SinTurns(float turns) {
  const int32_t quarter = Round(turns * 4.0f);
  const float x = (turns - static_cast<float>(quarter) * 0.25f) * (2.0f * kPi);
  const float y = quarter & 1 ? CosEighth(x) : SinEighth(x);
  return quarter & 2 ? -y : y;
}

// sin of a phase whose turn is 2^32, within 2e-7.
inline float SinPhase(uint32_t phase) {
  // Folded into a quarter turn either way: sin (pi - x) = sin x.
  const bool flip = ((phase + 0x40000000u) & 0x80000000u) != 0;
  const uint32_t folded = flip ? 0x80000000u - phase : phase;
  const float x =
      static_cast<float>(static_cast<int32_t>(folded)) * (kPi / 2147483648.0f);
  const float u = x * x;
  const float p =
      -0.166666657f +
      u * (0.0083332425f + u * (-0.000198227615f + u * 2.63481547e-06f));
  return x + x * (u * p);
}

// 2^whole, -126 <= whole < 128.
inline float PowerOfTwo(int32_t whole) {
  const uint32_t bits = static_cast<uint32_t>(whole + 127) << 23;
  float power;
  std::memcpy(&power, &bits, sizeof(power));
  return power;
}

// 2^f for |f| <= 1/2, within 1.2e-7.
inline float Exp2Fraction(float f) {
  const float p =
      0.0555035708f +
      f * (0.00961805549f + f * (0.00133908791f + f * 0.000154619184f));
  return 1.0f + f * (0.693147188f + f * (0.240226509f + f * p));
}

// 2^x for -126 <= x < 127, within 1.2e-7 of the value.
[[gnu::noinline]] inline float Exp2(float x) {
  const int32_t whole = Round(x);
  return PowerOfTwo(whole) * Exp2Fraction(x - static_cast<float>(whole));
}

// log2 x for normal x > 0, within 3e-7 or 2e-7 of the value.
[[gnu::noinline]] inline float Log2(float x) {
  uint32_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  // The exponent that leaves a mantissa between sqrt(1/2) and sqrt(2).
  const int32_t whole = static_cast<int32_t>(bits - 0x3F3504F3u) >> 23;
  bits -= static_cast<uint32_t>(whole) << 23;
  float mantissa;
  std::memcpy(&mantissa, &bits, sizeof(mantissa));
  // 2 atanh(z) / ln 2, its Taylor series; |z| < 0.172.
  const float z = (mantissa - 1.0f) / (mantissa + 1.0f);
  const float u = z * z;
  const float p =
      0.961796694f + u * (0.577078016f + u * (0.412198583f + u * 0.3205989f));
  return static_cast<float>(whole) + (z * 2.88539008f + z * (u * p));
}

// Equal temperament, A4 = note 69 = 440 Hz; within 0.0004 cent over 0..140.
// Whole octaves come off before anything rounds.
[[gnu::noinline]] inline float NoteToHz(float note) {
  const int32_t octave = Round((note - 69.0f) * (1.0f / 12.0f));
  const float rest = note - static_cast<float>(69 + 12 * octave);
  return 440.0f * PowerOfTwo(octave) * Exp2Fraction(rest * (1.0f / 12.0f));
}

}  // namespace tombola
