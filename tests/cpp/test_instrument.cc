// The instrument's two halves, and what passes between them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cfenv>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "firmware/module/instrument.h"

namespace tombola {
namespace {

std::vector<uint8_t> SmallTicket() {
  std::ifstream file("tests/data/tone_small.ticket", std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file),
          std::istreambuf_iterator<char>()};
}

// An instrument with all jacks at 0 V, all knobs at noon but SHAPE and LEVEL.
class Player {
 public:
  Player() : ticket_(SmallTicket()), memory_(kMaxArenaBytes) {
    REQUIRE(instrument_.Init(ticket_.data(),
                             static_cast<uint32_t>(ticket_.size()),
                             memory_.data(), memory_.size()) == nullptr);
    for (int i = 0; i < kCvCount; ++i) {
      const CvRange& range = kCvRanges[i];
      input_.cv[i] =
          static_cast<uint16_t>(65535.0f * range.volts_at_zero /
                                (range.volts_at_zero - range.volts_at_full));
    }
    std::fill_n(knobs_, int{kKnobCount}, uint16_t{32768});
    knobs_[kKnobShape] = 0;
    knobs_[kKnobLevel] = 65535;
    for (int i = 0; i < kKnobCount; ++i) {
      if (Block(false)) RunFrame();
    }
  }

  // Plays a block. Returns true when a frame is due.
  bool Block(bool gate) {
    input_.knob = knobs_[output_.knob_select];
    input_.gates = gate ? kGateBit : 0;
    return instrument_.Process(input_, samples_, samples_, &output_);
  }

  void RunFrame() { instrument_.RunFrame(); }

  int32_t peak() const {
    int32_t peak = 0;
    for (const int32_t sample : samples_) {
      peak = std::max(peak, std::abs(sample));
    }
    return peak;
  }

  const Instrument& instrument() const { return instrument_; }

 private:
  std::vector<uint8_t> ticket_;
  std::vector<uint8_t> memory_;
  uint16_t knobs_[kKnobCount];
  PanelInput input_ = {};
  PanelOutput output_ = {};
  int32_t samples_[2 * kBlock] = {};
  Instrument instrument_;
};

TEST_CASE(
    "a frame is due every fourth block, and at once when the gate rises") {
  Player player;
  for (int block = 0; block < 40; ++block) {
    const bool gate = block >= 17;
    const bool due = player.Block(gate);
    CAPTURE(block);
    CHECK(due == (gate ? (block - 17) % 4 == 0 : block % 4 == 0));
    if (due) player.RunFrame();
  }
  CHECK(player.instrument().late_frames() == 0);
}

TEST_CASE("a frame that is late is counted once and picked up when it comes") {
  Player player;
  for (int block = 0; block < 20; ++block) {
    if (player.Block(true)) player.RunFrame();
  }
  const uint32_t frames = player.instrument().frames();
  CHECK(player.Block(true));
  CHECK_FALSE(player.Block(true));
  CHECK_FALSE(player.Block(true));
  CHECK(player.instrument().late_frames() == 1);
  CHECK(player.instrument().frames() == frames);
  player.RunFrame();
  CHECK_FALSE(player.Block(true));
  CHECK(player.instrument().frames() == frames + 1);
  CHECK(player.instrument().late_frames() == 1);
  // The next one is due when it would have been.
  CHECK(player.Block(true));
}

TEST_CASE("a network that never answers is asked once, and the sound holds") {
  Player player;
  for (int block = 0; block < 100; ++block) {
    if (player.Block(true)) player.RunFrame();
  }
  int requests = 0;
  for (int block = 0; block < 100; ++block) requests += player.Block(true);
  CHECK(requests == 1);
  CHECK(player.instrument().late_frames() == 1);
  CHECK(player.peak() > 0);
  player.RunFrame();
  // It is picked up, and the overdue one requested, in the same block.
  CHECK(player.Block(true));
}

TEST_CASE("a gate that rises while the network is busy still attacks") {
  Player player;
  for (int block = 0; block < 4; ++block) {
    if (player.Block(false)) player.RunFrame();
  }
  CHECK(player.Block(false));  // due, but it does not run
  player.Block(true);
  player.Block(false);
  player.RunFrame();
  CHECK(player.Block(false));
  player.RunFrame();
  player.Block(false);
  CHECK(player.peak() > 0);
}

TEST_CASE("RunFrame without a request does nothing") {
  Player player, other;
  for (int block = 0; block < 50; ++block) {
    if (player.Block(true)) player.RunFrame();
    if (other.Block(true)) other.RunFrame();
    other.RunFrame();
    REQUIRE(player.peak() == other.peak());
  }
  CHECK(player.instrument().frames() == other.instrument().frames());
}

TEST_CASE("a release passes through no denormal number") {
  Player player;
  std::feclearexcept(FE_ALL_EXCEPT);
  for (int block = 0; block < 2000; ++block) {
    if (player.Block(block < 200)) player.RunFrame();
  }
  CHECK(player.peak() == 0);
  CHECK_FALSE(std::fetestexcept(FE_UNDERFLOW));
  CHECK_FALSE(std::fetestexcept(FE_INVALID));
}

TEST_CASE("memory that is too small is an error, not a crash") {
  const std::vector<uint8_t> ticket = SmallTicket();
  uint8_t memory[16];
  Instrument instrument;
  CHECK(instrument.Init(ticket.data(), static_cast<uint32_t>(ticket.size()),
                        memory, sizeof(memory)) != nullptr);
}

}  // namespace
}  // namespace tombola
