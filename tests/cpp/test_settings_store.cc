// Settings and calibration in flash, whenever power goes and whatever is there.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/protocol/crc32.h"
#include "firmware/core/storage/record_store.h"
#include "firmware/core/storage/settings_store.h"
#include "ram_flash.h"

namespace tombola {
namespace {

constexpr uint32_t kJournalsEnd = kCatalogueAt + kJournalBytes;
// Erasures and writes of 40 saves: each bank is erased at least once.
constexpr int kSaves = 40;

constexpr float kStep = 0.25f;  // cents, so that numbers stay within limits

Calibration CalibrationNumber(int number) {
  Calibration calibration;
  calibration.pitch_cents[3] = kStep * static_cast<float>(number);
  return calibration;
}

int NumberOf(const CalibrationStore& store) {
  return static_cast<int>(store.calibration().pitch_cents[3] / kStep);
}

int NumberIn(RamFlash* flash) {
  CalibrationStore store;
  store.Init(flash);
  CHECK(store.field() == nullptr);
  return NumberOf(store);
}

// Saves calibrations 1, 2, ... until power goes; returns the last that was
// told to be saved.
int SaveUntilCut(RamFlash* flash) {
  CalibrationStore store;
  store.Init(flash);
  const int first = NumberOf(store);
  for (int i = first + 1; i <= first + kSaves; ++i) {
    if (!store.Save(CalibrationNumber(i))) return i - 1;
  }
  return first + kSaves;
}

Settings Tuned(float cents) {
  Settings settings;
  settings.tuning_cents = cents;
  return settings;
}

// A page as Journal writes it.
std::vector<uint8_t> PageOf(uint32_t magic, uint32_t sequence, uint8_t version,
                            const std::vector<uint8_t>& body) {
  const JournalHeader header = {magic, sequence, version, 0,
                                static_cast<uint16_t>(body.size())};
  std::vector<uint8_t> page(sizeof(header));
  std::memcpy(page.data(), &header, sizeof(header));
  page.insert(page.end(), body.begin(), body.end());
  const uint32_t crc = Crc32(page.data(), page.size());
  page.resize(page.size() + sizeof(crc));
  std::memcpy(&page[page.size() - sizeof(crc)], &crc, sizeof(crc));
  return page;
}

std::vector<uint8_t> Packed(const Settings& settings) {
  std::vector<uint8_t> bytes(Settings::kBytes);
  Pack(settings, bytes.data());
  return bytes;
}

// What a store makes of a page of settings in a chip that is blank otherwise.
SettingsStore Read(const std::vector<uint8_t>& page) {
  RamFlash flash(kJournalsEnd);
  std::copy(page.begin(), page.end(), &flash.bytes()[kSettingsAt]);
  SettingsStore store;
  store.Init(&flash);
  return store;
}

TEST_CASE("power that goes at any operation of 40 saves loses no save") {
  RamFlash whole(kJournalsEnd);
  REQUIRE(SaveUntilCut(&whole) == kSaves);
  const int operations = whole.operations();
  REQUIRE(operations > kSaves);
  for (const Cut cut : kCuts) {
    for (int at = 1; at <= operations; ++at) {
      CAPTURE(cut);
      CAPTURE(at);
      RamFlash flash(kJournalsEnd);
      flash.CutAt(at, cut);
      const int saved = SaveUntilCut(&flash);
      REQUIRE(flash.off());
      flash.PowerOn();
      const int found = NumberIn(&flash);
      CHECK((found == saved || found == saved + 1));
      // And it goes on from there, over both banks.
      CHECK(SaveUntilCut(&flash) == found + kSaves);
      CHECK(NumberIn(&flash) == found + kSaves);
    }
  }
}

TEST_CASE("power that goes again while it recovers loses nothing either") {
  // 15 saves fill a bank but for a page: the erasure comes soon.
  RamFlash before(kJournalsEnd);
  before.CutAt(16, Cut::kNothing);
  SaveUntilCut(&before);
  for (const Cut first : kCuts) {
    for (const Cut second : kCuts) {
      for (int at = 1; at <= 4; ++at) {
        for (int again = 1; again <= 4; ++again) {
          CAPTURE(at);
          CAPTURE(again);
          RamFlash flash = before;
          flash.PowerOn();
          int least = 0;
          flash.CutAt(at, first);
          least = SaveUntilCut(&flash);
          flash.PowerOn();
          flash.CutAt(again, second);
          CHECK(NumberIn(&flash) >= least);
          least = SaveUntilCut(&flash);
          flash.PowerOn();
          const int found = NumberIn(&flash);
          CHECK((found == least || found == least + 1));
        }
      }
    }
  }
}

TEST_CASE("a calibration outlives everything that is done to settings") {
  RamFlash flash(kJournalsEnd);
  CalibrationStore calibration;
  calibration.Init(&flash);
  REQUIRE(calibration.Save(CalibrationNumber(7)));
  SettingsStore settings;
  settings.Init(&flash);
  for (int i = 0; i < 3 * kSaves; ++i) {
    settings.Set(i % 2 == 0 ? Tuned(12.0f) : Settings());
    REQUIRE(settings.Save(2000u * static_cast<uint32_t>(i)));
    REQUIRE_FALSE(settings.dirty());
  }
  CHECK(NumberIn(&flash) == 7);
}

TEST_CASE("settings are written every two seconds at most") {
  RamFlash flash(kJournalsEnd);
  SettingsStore store;
  store.Init(&flash);
  const uint32_t begin = ~0u - 500;  // the clock wraps around meanwhile
  int written = 0;
  for (uint32_t ms = 0; ms <= 10'000; ++ms) {
    store.Set(Tuned(0.001f * static_cast<float>(ms)));
    const int before = flash.operations();
    REQUIRE(store.Save(begin + ms));
    if (flash.operations() == before) continue;
    CHECK(ms % 2000 == 1);
    ++written;
  }
  CHECK(written == 5);
}

TEST_CASE("settings that did not change are not written") {
  RamFlash flash(kJournalsEnd);
  SettingsStore store;
  store.Init(&flash);
  store.Set(Settings());
  CHECK(store.Save(0));
  CHECK(flash.operations() == 0);
}

TEST_CASE("a chip that refuses is asked again, later") {
  RamFlash flash(kJournalsEnd);
  SettingsStore store;
  store.Init(&flash);
  store.Set(Tuned(3.0f));
  flash.CutAt(1, Cut::kNothing);
  CHECK_FALSE(store.Save(5000));
  CHECK(store.settings().tuning_cents == 3.0f);
  flash.PowerOn();
  CHECK(store.Save(6999));
  CHECK(store.dirty());
  CHECK(store.Save(7000));
  CHECK_FALSE(store.dirty());
}

TEST_CASE("without a chip there are defaults, and a reason") {
  RamFlash none(0);
  SettingsStore settings;
  settings.Init(&none);
  CHECK(settings.state() == RecordState::kNoFlash);
  CHECK(settings.settings().slot == Settings().slot);
  settings.Set(Tuned(1.0f));
  CHECK_FALSE(settings.Save(0));
  CHECK(settings.settings().tuning_cents == 1.0f);
}

TEST_CASE("a new chip holds the defaults") {
  const SettingsStore store = Read({});
  CHECK(store.state() == RecordState::kBlank);
  CHECK(Packed(store.settings()) == Packed(Settings()));
}

TEST_CASE("an older record gives what it has, a newer what is known") {
  std::vector<uint8_t> body = Packed(Tuned(-42.0f));
  std::vector<uint8_t> longer = body;
  longer.resize(Journal::kMaxBody, 0xa5);
  const SettingsStore newer = Read(PageOf(kSettingsMagic, 1, 200, longer));
  CHECK(newer.state() == RecordState::kNewer);
  CHECK(Packed(newer.settings()) == body);

  const uint8_t before_order = 8;
  body.resize(before_order);
  const SettingsStore older = Read(PageOf(kSettingsMagic, 1, 0, body));
  CHECK(older.state() == RecordState::kOlder);
  CHECK(Packed(older.settings()) == Packed(Tuned(-42.0f)));
}

TEST_CASE("what is out of range is named and mended") {
  std::vector<uint8_t> body = Packed(Settings());
  body[0] = 99;
  const SettingsStore store = Read(PageOf(kSettingsMagic, 1, 1, body));
  CHECK(store.state() == RecordState::kSound);
  REQUIRE(store.field() != nullptr);
  CHECK(std::strcmp(store.field(), "slot") == 0);
  CHECK(store.settings().slot == 8);
}

TEST_CASE("a page that is not quite one is none") {
  const std::vector<uint8_t> sound =
      PageOf(kSettingsMagic, 1, 1, Packed(Tuned(5.0f)));
  REQUIRE(Read(sound).state() == RecordState::kSound);
  for (size_t bit = 0; bit < 8 * sound.size(); ++bit) {
    CAPTURE(bit);
    std::vector<uint8_t> page = sound;
    page[bit / 8] ^= static_cast<uint8_t>(1u << bit % 8);
    const SettingsStore store = Read(page);
    CHECK(store.state() == RecordState::kDamaged);
    CHECK(Packed(store.settings()) == Packed(Settings()));
  }
}

TEST_CASE("noise in the chip gives defaults, and can be written over") {
  Xorshift random;
  for (int round = 0; round < 50; ++round) {
    RamFlash flash(kJournalsEnd);
    for (uint8_t& byte : flash.bytes()) {
      byte = round == 0 ? 0 : static_cast<uint8_t>(random.Next() >> 24);
    }
    SettingsStore store;
    store.Init(&flash);
    CHECK(store.state() == RecordState::kDamaged);
    CHECK(Packed(store.settings()) == Packed(Settings()));
    store.Set(Tuned(9.0f));
    CHECK(store.Save(0));
    store.Init(&flash);
    CHECK(store.settings().tuning_cents == 9.0f);
  }
}

// Any body under a sound checksum: what another firmware may have written.
TEST_CASE("any body gives settings within their limits") {
  Xorshift random;
  for (int round = 0; round < 2000; ++round) {
    std::vector<uint8_t> body(random.Next() % (Journal::kMaxBody + 1));
    for (uint8_t& byte : body) byte = static_cast<uint8_t>(random.Next() >> 24);
    const auto version = static_cast<uint8_t>(random.Next() >> 24);
    SettingsStore store = Read(PageOf(kSettingsMagic, 1, version, body));
    Settings settings = store.settings();
    CHECK(Validate(&settings) == nullptr);
    CHECK(std::isfinite(settings.tuning_cents));
  }
}

TEST_CASE("a page that is worn out is passed over") {
  RamFlash flash(kJournalsEnd);
  flash.WearOut(kCalibrationAt / FlashDevice::kPageBytes + 2, 0x10);
  CalibrationStore store;
  store.Init(&flash);
  for (int i = 1; i <= kSaves; ++i) {
    CHECK(store.Save(CalibrationNumber(i)));
    CHECK(NumberIn(&flash) == i);
  }
}

}  // namespace
}  // namespace tombola
