#include "firmware/core/dsp/fft.h"

#include "firmware/core/dsp/math.h"

namespace tombola {
namespace {

inline Complex operator+(Complex a, Complex b) {
  return {a.re + b.re, a.im + b.im};
}

inline Complex operator-(Complex a, Complex b) {
  return {a.re - b.re, a.im - b.im};
}

inline Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}

// The inverse DFT of a, b, c, d, written `stride` apart.
inline void Butterfly(Complex a, Complex b, Complex c, Complex d, int stride,
                      Complex* out) {
  const Complex ac = a + c;
  const Complex bd = b + d;
  const Complex a_c = a - c;
  const Complex b_d = b - d;
  out[0] = ac + bd;
  out[stride] = {a_c.re - b_d.im, a_c.im + b_d.re};
  out[2 * stride] = ac - bd;
  out[3 * stride] = {a_c.re + b_d.im, a_c.im - b_d.re};
}

}  // namespace

void InverseFft::Init() {
  constexpr float kTurn = 1.0f / kSize;
  for (int m = 0; m < 3 * kHalf / 2; ++m) {
    const float turns = static_cast<float>(m) * kTurn;
    turn_[m] = {SinTurns(turns + 0.25f), SinTurns(turns)};
  }
  for (int i = 0; i < kHalf; ++i) {
    reversed_[i] = static_cast<unsigned char>((i & 3) << 6 | (i & 12) << 2 |
                                              (i & 48) >> 2 | i >> 6);
  }
}

// Packs the even samples' spectrum (real parts of the result) and the odd
// samples' (imaginary) into one of half the length, in base-4 reversed order:
// Z[k] = X[k] + X*[256 - k] + j (X[k] - X*[256 - k]) exp(2 pi j k / 512).
void InverseFft::Split(const Complex* bins, Complex* samples) const {
  for (int k = 0; k <= kHalf / 2; ++k) {
    const Complex x = bins[k];
    const Complex mirror = {bins[kHalf - k].re, -bins[kHalf - k].im};
    const Complex even = x + mirror;
    const Complex odd = (x - mirror) * turn_[k];
    samples[reversed_[(kHalf - k) % kHalf]] = {even.re + odd.im,
                                               odd.re - even.im};
    samples[reversed_[k]] = {even.re - odd.im, even.im + odd.re};
  }
}

void InverseFft::Transform(const Complex* bins, Complex* samples) const {
  Split(bins, samples);
  for (Complex* z = samples; z < samples + kHalf; z += 4) {
    Butterfly(z[0], z[1], z[2], z[3], 1, z);
  }
  for (int quarter = 4; quarter < kHalf; quarter *= 4) {
    const int step = kSize / (4 * quarter);
    for (int j = 0; j < quarter; ++j) {
      const Complex w1 = turn_[j * step];
      const Complex w2 = turn_[2 * j * step];
      const Complex w3 = turn_[3 * j * step];
      for (Complex* z = samples + j; z < samples + kHalf; z += 4 * quarter) {
        Butterfly(z[0], w1 * z[quarter], w2 * z[2 * quarter],
                  w3 * z[3 * quarter], quarter, z);
      }
    }
  }
}

}  // namespace tombola
