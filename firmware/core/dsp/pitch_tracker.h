// Follows the pitch of one voice, 60 Hz to 1 kHz.
//
// YIN (de Cheveigne and Kawahara 2002): the difference between the sound and
// itself some time later is smallest where that time is a period. The sound is
// first brought to 8 kHz and below 1.4 kHz, where a period has samples enough
// few partials. For each lag the sum of squared differences over the last 18 ms
// is kept up to date: each block adds its eight samples' and takes off those of
// the eight that leave, in integers, so that nothing drifts. So every block
// costs the same, but that it rests while nothing is patched: when all that it
// keeps is quiet. A second sum over 9 ms knows a new pitch sooner, after 9 ms
// and a period; it is asked while the first has none, because 9 ms of a low
// sound can be without any event.
#pragma once

#include <cstdint>

#include "firmware/generated/sound.h"

namespace tombola {

class PitchTracker {
 public:
  void Init();

  // Takes kBlock samples, full scale 1.
  void Process(const float* samples);

  // Whether the sound has a pitch now.
  bool heard() const { return heard_; }

  // The last pitch that was heard: MIDI note, 0 before the first.
  float note() const { return note_; }

 private:
  static constexpr int kDecimation = 6;  // to 8 kHz
  static constexpr int kNew = kBlock / kDecimation;
  static constexpr int kTaps = 96;
  static constexpr int kLong = 18 * kNew;  // 18 ms
  static constexpr int kShort = 9 * kNew;  // 9 ms
  static constexpr int kShortest = 7;      // lags: 1143 Hz ...
  static constexpr int kLongest = 142;     // ... to 56 Hz
  static constexpr int kRests = 64;        // blocks: more than it keeps
  static constexpr int kKept = kLong + kLongest + kNew;

  // period: at 8 kHz; 0: none. difference: the normalised one, 0 is perfect.
  struct Estimate {
    float period;
    float difference;
  };

  static Estimate Search(const int64_t* differences);
  Estimate Choose() const;
  static int64_t Difference(const int32_t* samples, int lag);
  void Decimate(const float* samples);
  void UpdateDifferences();

  float taps_[kTaps];
  float input_[kTaps + kBlock];  // the last is the newest
  int32_t kept_[kKept];          // at 8 kHz, the same
  int64_t long_[kLongest + 1];   // sums of squared differences, by lag
  int64_t short_[kLongest + 1];  // the same
  float last_period_;            // 0: none
  int quiet_;                    // blocks that have been so, up to kRests
  bool heard_;
  float note_;
};

}  // namespace tombola
