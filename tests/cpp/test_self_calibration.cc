// The calibration by button and lights, on boards whose parts are not exact.
#include <doctest/doctest.h>

#include <cmath>
#include <cstdint>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/panel/pitch_curve.h"
#include "firmware/core/panel/self_calibration.h"

namespace tombola {
namespace {

// A board: what its jacks really are. A converter that bends the scale by up
// to `bend` volts at 5 V, besides.
struct BentBoard {
  Calibration real;
  double bend = 0.0;

  double Word(int cv, double volts) const {
    const double bent = volts + bend * volts * volts / 25.0;
    const double zero = real.cv_zero_volts[cv];
    return 65535.0 * (bent - zero) / (real.cv_full_volts[cv] - zero);
  }

  double CvOut(uint16_t word) const {
    return real.out_zero_volts +
           (real.out_full_volts - real.out_zero_volts) * word / 4095.0;
  }

  // What half a second reads with these volts at V/OCT and 0 V elsewhere.
  Measurement Measure(double v_oct) const {
    Measurement measured = {};
    measured.blocks = SelfCalibration::kBlocks;
    for (int cv = 0; cv < kCvCount; ++cv) {
      const double word = Word(cv, cv == kCvVOct ? v_oct : 0.0);
      measured.mean[cv] = static_cast<float>(word);
      measured.lowest[cv] = static_cast<uint16_t>(word - 20.0);
      measured.highest[cv] = static_cast<uint16_t>(word + 20.0);
    }
    return measured;
  }

  double Cents(const Calibration& calibration, double volts) const {
    const float zero = calibration.cv_zero_volts[kCvVOct];
    const float part = static_cast<float>(Word(kCvVOct, volts) / 65535.0);
    const float read =
        zero + (calibration.cv_full_volts[kCvVOct] - zero) * part;
    return 1200.0 * (read - volts) + PitchCents(calibration.pitch_cents, read);
  }
};

BentBoard RandomBoard(Xorshift* random) {
  const auto spread = [random](double size) {
    return static_cast<float>(size * (random->Next() / 2147483648.0 - 1.0));
  };
  BentBoard board;
  for (int cv = 0; cv < kCvCount; ++cv) {
    const float shift = spread(0.08);
    board.real.cv_zero_volts[cv] += shift + spread(0.02);
    board.real.cv_full_volts[cv] += shift + spread(0.02);
  }
  board.real.out_zero_volts += spread(0.05);
  board.real.out_full_volts += spread(0.05);
  board.bend = spread(0.01);
  return board;
}

constexpr double kOctaves[] = {0.0, 1.0, 3.0, 5.0};

// All steps but the last ones.
void TakeOctaves(const BentBoard& board, SelfCalibration* calibration) {
  for (const double volts : kOctaves) {
    REQUIRE(calibration->Take(board.Measure(volts)));
  }
}

void TakeOutput(const BentBoard& board, SelfCalibration* calibration) {
  REQUIRE(calibration->Take(board.Measure(board.CvOut(calibration->word()))));
  REQUIRE(calibration->goes_on());
  REQUIRE(calibration->Take(board.Measure(board.CvOut(calibration->word()))));
}

TEST_CASE("after it, 100 boards are within 2 cents from 0 to 5 V") {
  Xorshift random;
  double worst_before = 0.0, worst = 0.0, worst_cv = 0.0;
  for (int number = 0; number < 100; ++number) {
    const BentBoard board = RandomBoard(&random);
    SelfCalibration calibration;
    calibration.Begin(Calibration());
    TakeOctaves(board, &calibration);
    TakeOutput(board, &calibration);
    REQUIRE(calibration.Take(board.Measure(2.0)));
    REQUIRE(calibration.done());
    const Calibration& result = calibration.result();
    for (double volts = 0.0; volts <= 5.0; volts += 0.25) {
      worst = std::fmax(worst, std::fabs(board.Cents(result, volts)));
      worst_before = std::fmax(worst_before, std::fabs(board.Cents({}, volts)));
    }
    worst_cv = std::fmax(
        worst_cv, std::fabs(result.out_zero_volts - board.real.out_zero_volts));
    worst_cv = std::fmax(
        worst_cv, std::fabs(result.out_full_volts - board.real.out_full_volts));
  }
  CHECK(worst_before > 50.0);
  CHECK(worst < 2.0);
  CHECK(worst_cv < 0.02);
}

TEST_CASE("what cannot be right is refused, and the step stays") {
  const BentBoard board;
  SelfCalibration calibration;
  calibration.Begin(Calibration());
  CHECK_FALSE(calibration.Take(board.Measure(1.0)));  // something is patched
  CHECK(calibration.step() == 0);
  REQUIRE(calibration.Take(board.Measure(0.0)));
  CHECK_FALSE(calibration.Take(board.Measure(0.0)));  // nothing is patched
  CHECK_FALSE(calibration.Take(board.Measure(3.0)));  // another octave
  Measurement noisy = board.Measure(1.0);
  noisy.highest[kCvVOct] += 500;
  CHECK_FALSE(calibration.Take(noisy));
  CHECK(calibration.step() == 1);
  REQUIRE(calibration.Take(board.Measure(1.0)));
  CHECK(calibration.step() == 2);
}

TEST_CASE("a noisy jack that is not V/OCT is noticed, too") {
  const BentBoard board;
  SelfCalibration calibration;
  calibration.Begin(Calibration());
  Measurement noisy = board.Measure(0.0);
  noisy.lowest[kCvTicket] -= 500;
  CHECK_FALSE(calibration.Take(noisy));
}

TEST_CASE("the cable from CV is measured anew from its first word") {
  const BentBoard board;
  SelfCalibration calibration;
  calibration.Begin(Calibration());
  TakeOctaves(board, &calibration);
  const uint16_t low = calibration.word();
  REQUIRE(calibration.Take(board.Measure(board.CvOut(low))));
  CHECK(calibration.word() > low);
  CHECK_FALSE(calibration.Take(board.Measure(0.0)));  // it was pulled out
  CHECK(calibration.word() == low);
  TakeOutput(board, &calibration);
  CHECK(calibration.step() == 5);
}

TEST_CASE("octaves that do not fit each other end at the check") {
  const BentBoard board;
  SelfCalibration calibration;
  calibration.Begin(Calibration());
  REQUIRE(calibration.Take(board.Measure(0.0)));
  REQUIRE(calibration.Take(board.Measure(1.03)));
  REQUIRE(calibration.Take(board.Measure(3.0)));
  REQUIRE(calibration.Take(board.Measure(5.0)));
  TakeOutput(board, &calibration);
  CHECK_FALSE(calibration.Take(board.Measure(2.0)));
  CHECK_FALSE(calibration.done());
}

}  // namespace
}  // namespace tombola
