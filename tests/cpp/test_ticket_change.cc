// Another ticket comes in while the instrument plays.
#include <doctest/doctest.h>

#include <vector>

#include "firmware/module/instrument.h"
#include "tests/cpp/player.h"

namespace tombola {
namespace {

const char* Change(Player* player, const std::vector<uint8_t>& ticket) {
  return player->instrument().ChangeTicket(
      ticket.data(), static_cast<uint32_t>(ticket.size()));
}

void Play(Player* player, int blocks) {
  for (int i = 0; i < blocks; ++i) player->Play(true);
}

TEST_CASE("another ticket comes in within 50 ms, from silence") {
  const std::vector<uint8_t> factory = ReadTicket(kFactoryTicket);
  for (int blocks = 100; blocks < 104; ++blocks) {
    Player player;
    Play(&player, blocks);
    REQUIRE(Change(&player, factory) == nullptr);
    REQUIRE(player.instrument().changing());
    int taken = 0, silent = 0;
    for (; player.instrument().changing() && taken < 100; ++taken) {
      player.Play(true);
      silent += player.peak() == 0;
    }
    CHECK(taken < 50);
    CHECK(silent > 0);
    Play(&player, 100);
    CHECK(player.peak() > 0);
    CHECK(player.instrument().late_frames() == 0);
  }
}

TEST_CASE("the old ticket is not read once the new one is in") {
  const std::vector<uint8_t> factory = ReadTicket(kFactoryTicket);
  Player player;
  REQUIRE(Change(&player, factory) == nullptr);
  Play(&player, 50);
  REQUIRE_FALSE(player.instrument().changing());
  player.ForgetTicket();  // the address sanitizer watches
  Play(&player, 50);
  CHECK(player.peak() > 0);
}

TEST_CASE("a bad ticket is refused, and the old one plays on untouched") {
  std::vector<uint8_t> damaged = ReadTicket(kFactoryTicket);
  damaged[damaged.size() / 2] ^= 1;
  Player player, other;
  for (int block = 0; block < 200; ++block) {
    if (block == 100) CHECK(Change(&player, damaged) != nullptr);
    CHECK_FALSE(player.instrument().changing());
    player.Play(true);
    other.Play(true);
    REQUIRE(std::equal(player.samples(), player.samples() + 2 * kBlock,
                       other.samples()));
  }
}

TEST_CASE("a ticket that starts late comes in when its frame does") {
  const std::vector<uint8_t> factory = ReadTicket(kFactoryTicket);
  Player player;
  Play(&player, 100);
  REQUIRE(Change(&player, factory) == nullptr);
  for (int block = 0; block < 16; ++block) player.Play(true);
  for (int block = 0; block < 100; ++block) player.Block(true);
  CHECK(player.instrument().changing());
  CHECK(player.peak() == 0);
  player.RunFrame();  // what was due before the silence
  Play(&player, 30);
  CHECK_FALSE(player.instrument().changing());
  CHECK(player.peak() > 0);
}

TEST_CASE("there and back: each ticket sounds as it did before") {
  const std::vector<uint8_t> factory = ReadTicket(kFactoryTicket);
  const std::vector<uint8_t> small = ReadTicket(kSmallTicket);
  Player player;
  Play(&player, 300);
  const uint16_t loudness = player.output().cv;
  REQUIRE(Change(&player, factory) == nullptr);
  Play(&player, 300);
  CHECK(player.output().cv != loudness);
  REQUIRE(Change(&player, small) == nullptr);
  Play(&player, 300);
  CHECK(player.output().cv == loudness);
}

}  // namespace
}  // namespace tombola
