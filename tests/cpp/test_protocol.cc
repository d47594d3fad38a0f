// The module's end of the serial protocol, from bytes to bytes.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <string>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/protocol/cobs.h"
#include "firmware/core/protocol/crc32.h"
#include "firmware/core/protocol/frame.h"
#include "firmware/module/link.h"
#include "firmware/module/load.h"
#include "firmware/module/module_services.h"
#include "tests/cpp/desk.h"
#include "tests/cpp/link_bench.h"

namespace tombola {
namespace {

using protocol::Command;
using protocol::Result;

std::vector<uint8_t> Unstuff(const std::vector<uint8_t>& stuffed) {
  CobsReader reader;
  std::vector<uint8_t> bytes;
  for (uint8_t byte : stuffed) {
    uint8_t out = 0;
    if (reader.Put(byte, &out) == CobsReader::Step::kByte) bytes.push_back(out);
  }
  uint8_t unused = 0;
  REQUIRE(reader.Put(0, &unused) == CobsReader::Step::kEnd);
  return bytes;
}

TEST_CASE("the CRC is that of IEEE 802.3, whole or in pieces") {
  const uint8_t digits[] = {'1', '2', '3', '4', '5', '6', '7', '8', '9'};
  CHECK(Crc32(digits, 9) == 0xcbf43926);  // the usual check value
  CHECK(Crc32(digits + 4, 5, Crc32(digits, 4)) == 0xcbf43926);
  CHECK(Crc32(digits, 0) == 0);
}

TEST_CASE("stuffing leaves no zero, no more than it may, and comes undone") {
  Xorshift random;
  for (size_t count = 0; count < 1200; count += 1 + count / 90) {
    for (uint32_t zeros : {1u, 2u, 40u, 100000u}) {
      std::vector<uint8_t> bytes(count);
      for (uint8_t& byte : bytes) {
        byte = random.Next() % zeros == 0 ? 0 : 1 + random.Next() % 255;
      }
      std::vector<uint8_t> stuffed(CobsBytes(count));
      const size_t size = CobsStuff(bytes.data(), count, stuffed.data());
      REQUIRE(size <= stuffed.size());
      stuffed.resize(size);
      REQUIRE(std::count(stuffed.begin(), stuffed.end(), 0) == 0);
      REQUIRE(Unstuff(stuffed) == bytes);
    }
  }
}

TEST_CASE("INFO and STATUS reach the services, and their answers the port") {
  LinkBench bench;
  bench.Send(Command::kStatus, {}, 7);
  const LinkBench::Answer status = bench.Receive();
  CHECK(status.sequence == 7);
  CHECK(status.result == Result::kOk);
  REQUIRE(status.body.size() == sizeof(protocol::StatusAnswer));
  protocol::StatusAnswer panel;
  std::memcpy(&panel, status.body.data(), sizeof(panel));
  CHECK(panel.knobs[3] == 0.25f);

  bench.input.insert(bench.input.end(), {5, 1, 2, 0});  // a run cut short
  bench.Send(Command::kInfo);
  protocol::InfoAnswer info;
  const LinkBench::Answer answer = bench.Receive();
  REQUIRE(answer.body.size() == sizeof(info));
  std::memcpy(&info, answer.body.data(), sizeof(info));
  CHECK(info.bad_frames == 1);
  CHECK(info.boots == 3);
}

TEST_CASE("a request of the wrong length, command or version is told so") {
  LinkBench bench;
  bench.Send(Command::kStatus, {1});
  CHECK(bench.Receive().result == Result::kSize);
  bench.Send(Command::kTicketRead, {0, 0, 0});
  CHECK(bench.Receive().result == Result::kSize);
  bench.Send(static_cast<Command>(99));
  CHECK(bench.Receive().result == Result::kCommand);
  bench.Send(Command::kTicketList);  // which the bench's services have not
  CHECK(bench.Receive().result == Result::kCommand);
  bench.Send(Command::kStatus, {}, 1, 2);
  const LinkBench::Answer answer = bench.Receive();
  CHECK(answer.result == Result::kVersion);
  CHECK(answer.version == protocol::kVersion);
}

TEST_CASE("fields, tails and reasons travel") {
  LinkBench bench;
  std::vector<uint8_t> write = {0, 4, 0, 0, 2, 0, 0, 0};
  write.insert(write.end(), protocol::kDataBytes, 0xab);
  bench.Send(Command::kTicketWrite, write);
  const LinkBench::Answer there = bench.Receive();
  CHECK(there.result == Result::kOk);
  CHECK(there.body == std::vector<uint8_t>({0, 8, 0, 0}));

  bench.Send(Command::kTicketRead, {5, 0, 0, 0, 0, 4, 0, 0});
  const LinkBench::Answer read = bench.Receive();
  REQUIRE(read.body.size() == protocol::kDataBytes);
  CHECK(read.body[0] == 5);
  CHECK(read.body[1] == 6);

  bench.Send(Command::kOutput, {0, 16, 1, 0});
  const LinkBench::Answer refused = bench.Receive();
  CHECK(refused.result == Result::kValue);
  CHECK(std::string(refused.body.begin(), refused.body.end()) ==
        "the DAC has 4096 words");
}

TEST_CASE("what takes time is asked again until it is done, and is answered") {
  LinkBench bench;
  bench.Send(Command::kMeasure, {3, 0});
  bench.Send(Command::kStatus, {}, 8);
  CHECK_FALSE(bench.Answered());
  for (int i = 0; i < 20; ++i) bench.link.Process();
  CHECK(bench.services.measured == 4);
  CHECK(bench.Receive().body.size() == sizeof(protocol::MeasureAnswer));
  CHECK(bench.Receive().sequence == 8);
}

TEST_CASE("an answer goes out whole through a port that takes a byte a turn") {
  LinkBench bench;
  bench.room = 1;
  bench.Send(Command::kInfo);
  CHECK(bench.Receive(2000).body.size() == sizeof(protocol::InfoAnswer));
}

TEST_CASE("the module starts anew after the answer, in any version") {
  LinkBench bench;
  bench.room = 1;
  bench.Send(Command::kReboot, {1}, 1, 77);
  bench.link.Process();
  CHECK(bench.services.reboots == 0);
  CHECK(bench.Receive(100).result == Result::kOk);
  CHECK(bench.services.reboots == 1);
  CHECK(bench.services.target == protocol::Target::kLoader);
  bench.room = 64;
  bench.Send(Command::kReboot, {2});
  CHECK(bench.Receive().result == Result::kValue);
  CHECK(bench.services.reboots == 1);
}

TEST_CASE("a flood does not keep the main loop") {
  LinkBench bench;
  Xorshift random;
  for (int i = 0; i < 100000; ++i) {
    bench.input.push_back(static_cast<uint8_t>(random.Next()));
  }
  const size_t before = bench.input.size();
  CHECK(bench.link.Process());
  CHECK(before - bench.input.size() <= 512);
  bench.Drain();
  CHECK_FALSE(bench.link.Process());
}

// Noise, pieces of frames and whole ones in any order; what is whole and stands
// between two zeros is answered.
void Fuzz(LinkBench* link_bench, size_t to_send) {
  LinkBench& bench = *link_bench;
  Xorshift random;
  size_t bytes = 0;
  int asked = 0;
  int answered = 0;
  while (bytes < to_send) {
    std::vector<uint8_t> piece = bench.Garbage(&random);
    bytes += piece.size();
    bench.input.insert(bench.input.end(), piece.begin(), piece.end());
    if (random.Next() % 8 == 0) {
      bench.input.push_back(0);
      bench.Send(Command::kStatus, {}, 200);
      ++asked;
    }
    bench.Drain();
    while (bench.Answered()) {
      const LinkBench::Answer answer = bench.Receive();
      const bool whole =
          answer.command == (0x80 | static_cast<int>(Command::kStatus)) &&
          answer.sequence == 200 && answer.result == Result::kOk;
      if (whole) ++answered;
    }
  }
  CHECK(answered >= asked);
  CHECK(asked > 100);
}

TEST_CASE("a million bytes of garbage break nothing, and frames get through") {
  LinkBench bench;
  Fuzz(&bench, 1'000'000);
}

class FuzzedServices final : public ModuleServices {
 public:
  void Reboot(protocol::Target) override {}
};

TEST_CASE("nor do they on a whole module, which plays on") {
  Desk desk;
  desk.Start();
  LoadMeter load;
  Status status = {};
  FuzzedServices services;
  services.Init({&desk.instrument(), &desk.slots(), &desk.preferences(),
                 &desk.store(), &desk.panel(), &load, &status, 0});
  LinkBench bench(&services);
  int turns = 0;
  bench.between = [&] {
    if (++turns % 8 == 0) desk.Run(1);  // a block
  };
  Fuzz(&bench, 1'000'000);
  desk.Run(200);
  CHECK(desk.player().peak() > 0);
}

}  // namespace
}  // namespace tombola
