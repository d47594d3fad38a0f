// The instrument's two halves, and what passes between them.
#include <doctest/doctest.h>

#include <cfenv>
#include <vector>

#include "firmware/module/instrument.h"
#include "tests/cpp/player.h"

namespace tombola {
namespace {

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
  const std::vector<uint8_t> ticket = ReadTicket(kSmallTicket);
  uint8_t memory[16];
  Instrument instrument;
  CHECK(instrument.Init(ticket.data(), static_cast<uint32_t>(ticket.size()),
                        memory, sizeof(memory)) != nullptr);
}

}  // namespace
}  // namespace tombola
