// The inverse FFT that makes a frame of noise.
#pragma once

namespace tombola {

struct Complex {
  float re;
  float im;
};

// 512 real samples from 257 bins, by a radix-4 complex FFT of half the size.
class InverseFft {
 public:
  static constexpr int kSize = 512;
  static constexpr int kBins = kSize / 2 + 1;

  void Init();

  // samples[i] = sum over k = -255..256 of X[k] exp(2 pi j k i / 512), where
  // X[-k] is the conjugate of X[k] = bins[k]: the inverse DFT without its 1/N.
  // The imaginary parts of bins 0 and 256 must be zero. samples[i / 2] holds
  // two samples, re and im. The two must not overlap.
  void Transform(const Complex* bins, Complex* samples) const;

 private:
  static constexpr int kHalf = kSize / 2;

  void Split(const Complex* bins, Complex* samples) const;

  Complex turn_[3 * kHalf / 2];  // exp(2 pi j m / 512)
  unsigned char reversed_[kHalf];
};

}  // namespace tombola
