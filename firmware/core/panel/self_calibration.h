// Calibrates the module with its button and lights alone: what each step wants
// patched, what it makes of the words that were measured, and what it refuses.
#pragma once

#include <cstdint>

#include "firmware/core/panel/measurement.h"
#include "firmware/generated/settings.h"

namespace tombola {

// The player needs a source of exact octaves, such as a sequencer or a
// keyboard's CV, and one cable:
//
//   1  nothing patched: the zero of all six CV inputs
//   2  1 V, 3  3 V, 4  5 V at V/OCT: its scale, and what is left at each point
//   5  a cable from CV to V/OCT: CV at two of its words
//   6  2 V at V/OCT: measured with the new calibration, it must be right
//
// The other inputs' scale stays as it was: their jacks turn knobs.
class SelfCalibration {
 public:
  static constexpr int kSteps = 6;
  static constexpr uint32_t kBlocks = 500;  // ms that a measurement takes

  // Begins anew, from the calibration in force.
  void Begin(const Calibration& old);

  // The step that is next, 0 to kSteps - 1; kSteps when all are done.
  int step() const { return step_; }
  bool done() const { return step_ == kSteps; }

  // The DAC's word that has to be at CV for the next measurement.
  uint16_t word() const;

  // Takes a measurement of kBlocks. False when it cannot be what the step
  // wants: out of the limits, or noisy; then the step is to be done again.
  bool Take(const Measurement& measured);

  // Whether the next measurement belongs to the same patch as the last.
  bool goes_on() const { return step_ == kOutput && has_low_; }

  // The new calibration, when all steps are done.
  const Calibration& result() const { return result_; }

 private:
  static constexpr int kOutput = 4;   // the step of the cable
  static constexpr int kOctaves = 4;  // 0, 1, 3 and 5 V

  bool TakeZeros(const Measurement& measured);
  bool TakeOctave(float volts);
  bool TakeOutput(float volts);
  bool Fit();

  Calibration old_;
  Calibration result_;
  int step_ = 0;
  float measured_[kOctaves] = {};  // volts by the old calibration
  bool has_low_ = false;           // of the step kOutput
  float low_volts_ = 0.0f;
};

}  // namespace tombola
