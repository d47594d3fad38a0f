// What the module does for the link.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "firmware/core/storage/fields.h"
#include "firmware/module/load.h"
#include "firmware/module/module_services.h"
#include "tests/cpp/desk.h"

namespace tombola {
namespace {

using protocol::Result;

class TestServices final : public ModuleServices {
 public:
  void Reboot(protocol::Target) override {}
};

class Bench {
 public:
  Bench() {
    desk.Start();
    status.boots = 7;
    status.start = StartCause::kWatchdog;
    services.Init({&desk.instrument(), &desk.slots(), &desk.preferences(),
                   &desk.store(), &desk.panel(), &load, &status, 0x0123abcd});
  }

  // The whole way of a ticket into a slot.
  Result Put(uint8_t slot, const std::vector<uint8_t>& ticket) {
    HeaderRecord header;
    std::memcpy(&header, ticket.data(), sizeof(header));
    protocol::TicketBeginAnswer begun = {};
    Outcome outcome =
        services.TicketBegin({header.checksum, header.size, slot, {}}, &begun);
    uint32_t there = begun.there;
    while (outcome.result == Result::kOk && there < ticket.size()) {
      const size_t size =
          std::min<size_t>(protocol::kDataBytes, ticket.size() - there);
      protocol::TicketWriteAnswer written = {};
      outcome = services.TicketWrite({there, slot, {}},
                                     {ticket.data() + there, size}, &written);
      there = written.there;
    }
    if (outcome.result != Result::kOk) return outcome.result;
    return services.TicketCommit({slot}).result;
  }

  Desk desk;
  Status status = {};
  LoadMeter load;
  TestServices services;
};

TEST_CASE("a ticket is put, listed, read, played and removed") {
  Bench bench;
  const std::vector<uint8_t> factory = ReadTicket(kFactoryTicket);
  REQUIRE(bench.Put(4, factory) == Result::kOk);

  protocol::TicketListAnswer list = {};
  bench.services.TicketList(&list);
  CHECK(list.slots[4].state ==
        static_cast<uint8_t>(protocol::SlotState::kValid));
  CHECK(list.slots[4].size == factory.size());
  CHECK(list.slots[0].state ==
        static_cast<uint8_t>(protocol::SlotState::kEmpty));
  CHECK(list.order[7] == 7);

  std::vector<uint8_t> read(factory.size());
  for (size_t at = 0; at < read.size();) {
    Room room = {read.data() + at, read.size() - at};
    REQUIRE(bench.services
                .TicketRead({static_cast<uint32_t>(at), 1000, 4, 0}, &room)
                .result == Result::kOk);
    REQUIRE(room.size > 0);
    at += room.size;
  }
  CHECK(read == factory);

  CHECK(bench.services.TicketPlay({4}).result == Result::kOk);
  CHECK(bench.services.TicketPlay({Slots::kBuiltIn}).later);
  bench.desk.Run(100);
  protocol::InfoAnswer info = {};
  bench.services.Info(&info);
  CHECK(info.slot == 4);
  CHECK(std::string(info.ticket) == list.slots[4].name);
  CHECK(list.slots[4].voice == kVoiceTone);
  CHECK(bench.services.TicketRemove({4}).result == Result::kOk);
  CHECK(bench.services.TicketPlay({4}).result == Result::kEmpty);
  bench.desk.Run(100);
  CHECK(bench.desk.player().peak() > 0);
  CHECK(bench.services.TicketPlay({Slots::kBuiltIn}).result == Result::kOk);
  bench.desk.Run(100);
  CHECK(bench.desk.slots().playing() == Slots::kBuiltIn);
}

TEST_CASE("a damaged ticket is refused, and the slot stays empty") {
  Bench bench;
  std::vector<uint8_t> damaged = ReadTicket(kFactoryTicket);
  damaged[5000] ^= 1;
  CHECK(bench.Put(0, damaged) == Result::kTicket);
  protocol::TicketListAnswer list = {};
  bench.services.TicketList(&list);
  CHECK(list.slots[0].state ==
        static_cast<uint8_t>(protocol::SlotState::kEmpty));
}

TEST_CASE("a piece for another slot than was begun is refused") {
  Bench bench;
  protocol::TicketBeginAnswer begun = {};
  REQUIRE(bench.services.TicketBegin({1, 4096, 2, {}}, &begun).result ==
          Result::kOk);
  const uint8_t byte[256] = {};
  protocol::TicketWriteAnswer written = {};
  CHECK(bench.services.TicketWrite({0, 3, {}}, {byte, 256}, &written).result ==
        Result::kPlace);
  CHECK(bench.services.TicketWrite({0, 2, {}}, {byte, 256}, &written).result ==
        Result::kOk);
  protocol::TicketListAnswer list = {};
  bench.services.TicketList(&list);
  CHECK(list.slots[2].state ==
        static_cast<uint8_t>(protocol::SlotState::kPartial));
  CHECK(list.slots[2].there == 256);
  CHECK(bench.services.TicketBegin({1, 4096, 99, {}}, &begun).result ==
        Result::kValue);
}

TEST_CASE("slots that do not exist are refused everywhere") {
  Bench bench;
  uint8_t bytes[16];
  Room room = {bytes, sizeof(bytes)};
  CHECK(bench.services.TicketRead({0, 16, 8, 0}, &room).result ==
        Result::kValue);
  CHECK(bench.services.TicketPlay({9}).result == Result::kValue);
  CHECK(bench.services.TicketRemove({200}).result == Result::kValue);
  CHECK(bench.services.TicketOrder({{0, 1, 2, 3, 4, 5, 6, 6}}).result ==
        Result::kValue);
}

TEST_CASE("settings are read, changed in part, refused and put back") {
  Bench bench;
  uint8_t bytes[protocol::kDataBytes];
  Room room = {bytes, sizeof(bytes)};
  REQUIRE(bench.services.SettingsRead(&room).result == Result::kOk);
  REQUIRE(room.size == Settings::kBytes);
  Settings settings = Unpack<Settings>(bytes, room.size);
  settings.tuning_cents = 12.5f;
  Pack(settings, bytes);
  // What an older tool leaves out stays.
  CHECK(bench.services.SettingsWrite({bytes, 6}).result == Result::kOk);
  CHECK(bench.desk.preferences().settings().tuning_cents == 12.5f);
  for (const size_t size : {0, 3, 5, 15}) {
    CHECK(bench.services.SettingsWrite({bytes, size}).result == Result::kSize);
  }
  settings.tuning_cents = 200.0f;
  Pack(settings, bytes);
  const Outcome refused = bench.services.SettingsWrite({bytes, room.size});
  CHECK(refused.result == Result::kValue);
  CHECK(std::string(refused.why) == "tuning_cents");
  CHECK(bench.desk.preferences().settings().tuning_cents == 12.5f);
  CHECK(bench.services.SettingsDefaults().result == Result::kOk);
  CHECK(bench.desk.preferences().settings().tuning_cents == 0.0f);
}

TEST_CASE("a calibration holds at once, and defaults leave it alone") {
  Bench bench;
  Calibration calibration;
  calibration.cv_zero_volts[0] += 0.1f;
  calibration.cv_full_volts[0] += 0.1f;
  uint8_t bytes[Calibration::kBytes];
  Pack(calibration, bytes);
  CHECK(bench.services.CalibrationWrite({bytes, sizeof(bytes)}).result ==
        Result::kOk);
  bench.desk.Run(5);
  CHECK(bench.desk.instrument().Look().cv_volts[0] ==
        doctest::Approx(0.1).epsilon(0.01));
  bench.services.SettingsDefaults();
  CHECK(bench.desk.preferences().calibration().cv_zero_volts[0] ==
        calibration.cv_zero_volts[0]);
  bench.desk.flash().CutAt(1, Cut::kNothing);  // the same is not written again
  CHECK(bench.services.CalibrationWrite({bytes, sizeof(bytes)}).result ==
        Result::kOk);
  CHECK(bench.desk.flash().operations() == 0);
  calibration.out_full_volts = 9.0f;
  Pack(calibration, bytes);
  CHECK(bench.services.CalibrationWrite({bytes, sizeof(bytes)}).result ==
        Result::kValue);
}

TEST_CASE("a measurement is answered when it is done") {
  Bench bench;
  protocol::MeasureAnswer answer = {};
  CHECK(bench.services.Measure({20}, &answer).later);
  bench.desk.Run(19);
  CHECK(bench.services.Measure({20}, &answer).later);
  bench.desk.Run(1);
  CHECK_FALSE(bench.services.Measure({20}, &answer).later);
  CHECK(answer.mean[2] == answer.minimum[2]);
  CHECK(answer.mean[2] == answer.maximum[2]);
  CHECK(bench.services.Measure({0}, &answer).result == Result::kValue);
  CHECK(bench.services.Measure({1001}, &answer).result == Result::kValue);
}

TEST_CASE("the jack CV is held, and let go after two seconds or at once") {
  Bench bench;
  const uint16_t rest = bench.desk.player().output().cv;
  CHECK(bench.services.Output({1000, 1, 0}).result == Result::kOk);
  bench.desk.Run(2000);
  CHECK(bench.desk.player().output().cv == 1000);
  bench.desk.Run(1);
  CHECK(bench.desk.player().output().cv != 1000);
  bench.services.Output({1000, 1, 0});
  bench.services.Output({1000, 0, 0});
  bench.desk.Run(1);
  CHECK(bench.desk.player().output().cv == doctest::Approx(rest).epsilon(0.1));
  CHECK(bench.services.Output({4096, 1, 0}).result == Result::kValue);
}

TEST_CASE("info and status say how the module fares") {
  Bench bench;
  for (int block = 0; block < 1000; ++block) {
    if (block % 4 == 0) bench.load.AddFrame(400'000);
    bench.load.AddBlock(block == 7 ? 200'000 : 100'000);
  }
  protocol::InfoAnswer info = {};
  bench.services.Info(&info);
  CHECK(std::string(info.build) == "0123abcd");
  CHECK(info.boots == 7);
  CHECK(info.slot == Slots::kBuiltIn);
  CHECK(info.start == 5);
  CHECK(info.block_cycles_worst == 200'000);
  CHECK(info.block_cycles_mean == 100'100);
  CHECK(info.frame_cycles_mean == 400'000);
  CHECK(info.load_mean == doctest::Approx(200'100.0 / 480'000));
  CHECK(info.load_worst == doctest::Approx(300'000.0 / 480'000));

  bench.desk.Run(200);
  protocol::StatusAnswer status = {};
  bench.services.Status(&status);
  CHECK(status.knobs[kKnobLevel] == 1.0f);
  CHECK(status.output_db > -40.0f);
  CHECK(status.output_db < 0.0f);
  CHECK(status.input_db <= 0.0f);
  CHECK(status.gates == kGateBit);
  CHECK(status.gate_out == 1);
  CHECK(status.lights != 0);
}

}  // namespace
}  // namespace tombola
