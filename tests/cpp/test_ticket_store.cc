// Tickets in flash, whenever power goes and whatever is sent.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/checksum.h"
#include "firmware/core/storage/ticket_store.h"
#include "ram_flash.h"

namespace tombola {
namespace {

using Bytes = std::vector<uint8_t>;

Bytes ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file),
          std::istreambuf_iterator<char>()};
}

Bytes SmallTicket() { return ReadFile("tests/data/tone_small.ticket"); }

uint64_t ChecksumOf(const Bytes& ticket) {
  return Read<HeaderRecord>(ticket.data()).checksum;
}

// The same ticket under another name.
Bytes Renamed(Bytes ticket, const std::string& name) {
  const auto header = Read<HeaderRecord>(ticket.data());
  char* field =
      reinterpret_cast<char*>(&ticket[header.sections[kVoice].offset]);
  std::memset(field, 0, sizeof(VoiceRecord::name));
  std::memcpy(field, name.data(), name.size());
  Write(Checksum(&ticket[kChecksumBegin], header.size - kChecksumBegin),
        &ticket[offsetof(HeaderRecord, checksum)]);
  return ticket;
}

StoreError Begin(TicketStore* store, int slot, const Bytes& ticket) {
  return store->Begin(slot, static_cast<uint32_t>(ticket.size()),
                      ChecksumOf(ticket));
}

// Sends what is not there yet, in pieces that keep to no page.
StoreError Send(TicketStore* store, const Bytes& ticket) {
  constexpr uint32_t kPiece = 1000;
  const auto size = static_cast<uint32_t>(ticket.size());
  while (store->there() < size) {
    const uint32_t at = store->there();
    const uint32_t count = std::min(kPiece, size - at);
    const StoreError error = store->Write(at, &ticket[at], count);
    if (error != StoreError::kNone) return error;
  }
  return StoreError::kNone;
}

StoreError Put(TicketStore* store, int slot, const Bytes& ticket) {
  StoreError error = Begin(store, slot, ticket);
  if (error == StoreError::kNone) error = Send(store, ticket);
  if (error == StoreError::kNone) error = store->Commit();
  return error;
}

bool Holds(const TicketStore& store, int slot, const Bytes& ticket) {
  const SlotImage found = store.Get(slot);
  return found.image != nullptr && found.size == ticket.size() &&
         std::equal(ticket.begin(), ticket.end(), found.image);
}

TicketStore Booted(RamFlash* flash) {
  flash->PowerOn();
  TicketStore store;
  store.Init(flash);
  return store;
}

TEST_CASE("power that goes at any operation of a transfer leaves old or new") {
  const Bytes fresh = ReadFile("firmware/tickets/harp.ticket");
  const Bytes old = SmallTicket();
  RamFlash before;
  TicketStore store = Booted(&before);
  REQUIRE(Put(&store, 2, old) == StoreError::kNone);
  REQUIRE(Put(&store, 5, fresh) == StoreError::kNone);

  before.CutAt(0, Cut::kNothing);
  RamFlash whole = before;
  store = Booted(&whole);
  REQUIRE(Put(&store, 2, fresh) == StoreError::kNone);
  const int operations = whole.operations();
  REQUIRE(operations > 108);  // pages of the ticket

  RamFlash flash;
  int fresh_after = 0;
  int resumed = 0;
  for (const Cut cut : kCuts) {
    for (int at = 1; at <= operations; ++at) {
      CAPTURE(cut);
      CAPTURE(at);
      flash = before;
      flash.CutAt(at, cut);
      store.Init(&flash);
      REQUIRE(Put(&store, 2, fresh) == StoreError::kFlash);
      store = Booted(&flash);
      const bool is_new = Holds(store, 2, fresh);
      CHECK((is_new || Holds(store, 2, old)));
      CHECK(Holds(store, 5, fresh));
      fresh_after += is_new;
      if (!is_new) {
        // It goes on where it was, to the end.
        REQUIRE(Begin(&store, 2, fresh) == StoreError::kNone);
        resumed += store.there() > 0;
        CHECK(Put(&store, 2, fresh) == StoreError::kNone);
        CHECK(Holds(store, 2, fresh));
      }
    }
  }
  // Only the last record makes it the slot's.
  CHECK(fresh_after == 1);
  CHECK(resumed > operations);
}

TEST_CASE(
    "eight slots are filled, replaced and emptied, and survive power off") {
  const Bytes ticket = SmallTicket();
  RamFlash flash;
  TicketStore store = Booted(&flash);
  for (int round = 0; round < 3; ++round) {
    for (int slot = 0; slot < kSlots; ++slot) {
      const Bytes named =
          Renamed(ticket, "r" + std::to_string(round) + std::to_string(slot));
      REQUIRE(Put(&store, slot, named) == StoreError::kNone);
    }
  }
  REQUIRE(store.Remove(3) == StoreError::kNone);
  store = Booted(&flash);
  for (int slot = 0; slot < kSlots; ++slot) {
    CAPTURE(slot);
    const Bytes named = Renamed(ticket, "r2" + std::to_string(slot));
    CHECK(Holds(store, slot, named) == (slot != 3));
  }
  CHECK(store.Get(3).image == nullptr);
  CHECK(store.Remove(3) == StoreError::kEmpty);
}

TEST_CASE("what cannot be is refused, and the slot keeps what it has") {
  const Bytes ticket = SmallTicket();
  RamFlash flash;
  TicketStore store = Booted(&flash);
  REQUIRE(Put(&store, 0, ticket) == StoreError::kNone);

  CHECK(store.Begin(-1, 100, 0) == StoreError::kSlot);
  CHECK(store.Begin(kSlots, 100, 0) == StoreError::kSlot);
  CHECK(store.Remove(kSlots) == StoreError::kSlot);
  CHECK(store.Get(kSlots).image == nullptr);
  CHECK(store.Begin(0, 0, 0) == StoreError::kSize);
  CHECK(store.Begin(0, kAreaBytes + 1, 0) == StoreError::kSize);
  CHECK(store.Write(0, ticket.data(), 8) == StoreError::kNotBegun);
  CHECK(store.Commit() == StoreError::kNotBegun);

  REQUIRE(Begin(&store, 0, Renamed(ticket, "other")) == StoreError::kNone);
  CHECK(store.Write(8, ticket.data(), 8) == StoreError::kOffset);
  CHECK(
      store.Write(0, ticket.data(), static_cast<uint32_t>(ticket.size()) + 1) ==
      StoreError::kOffset);
  CHECK(store.Commit() == StoreError::kIncomplete);
  CHECK(Holds(store, 0, ticket));
}

TEST_CASE("a ticket that cannot be played is named and does not take a slot") {
  const Bytes ticket = SmallTicket();
  RamFlash flash;
  TicketStore store = Booted(&flash);
  REQUIRE(Put(&store, 0, ticket) == StoreError::kNone);

  Bytes damaged = Renamed(ticket, "damaged");
  damaged[5000] ^= 1;
  CHECK(Put(&store, 0, damaged) == StoreError::kTicket);
  CHECK(store.ticket_error() == TicketError::kChecksum);
  CHECK(Holds(store, 0, ticket));
  CHECK(store.there() == 0);

  // A sound ticket, which is another than the one that was announced.
  const Bytes other = Renamed(ticket, "other");
  REQUIRE(store.Begin(0, static_cast<uint32_t>(other.size()), 1234) ==
          StoreError::kNone);
  REQUIRE(Send(&store, other) == StoreError::kNone);
  CHECK(store.Commit() == StoreError::kTicket);
  CHECK(Holds(store, 0, ticket));
  CHECK(Put(&store, 0, other) == StoreError::kNone);
}

TEST_CASE("another ticket or another slot begins anew, the same one goes on") {
  const Bytes ticket = SmallTicket();
  RamFlash flash;
  TicketStore store = Booted(&flash);
  REQUIRE(Begin(&store, 1, ticket) == StoreError::kNone);
  REQUIRE(store.Write(0, ticket.data(), 700) == StoreError::kNone);
  REQUIRE(Begin(&store, 1, ticket) == StoreError::kNone);
  CHECK(store.there() == 700);
  REQUIRE(Begin(&store, 2, ticket) == StoreError::kNone);
  CHECK(store.there() == 0);
  CHECK(Put(&store, 1, ticket) == StoreError::kNone);
}

TEST_CASE("a transfer is resumed though another slot was emptied meanwhile") {
  const Bytes ticket = ReadFile("firmware/tickets/harp.ticket");
  RamFlash flash;
  TicketStore store = Booted(&flash);
  REQUIRE(Put(&store, 0, SmallTicket()) == StoreError::kNone);
  REQUIRE(Begin(&store, 1, ticket) == StoreError::kNone);
  REQUIRE(store.Write(0, ticket.data(), 20'000) == StoreError::kNone);
  REQUIRE(store.Remove(0) == StoreError::kNone);
  store = Booted(&flash);
  REQUIRE(Begin(&store, 1, ticket) == StoreError::kNone);
  CHECK(store.there() == 16 * 1024);
  CHECK(Put(&store, 1, ticket) == StoreError::kNone);
  CHECK(Holds(store, 1, ticket));
}

TEST_CASE("noise and foreign catalogues lead nowhere outside the areas") {
  Xorshift random;
  RamFlash flash;
  for (int round = 0; round < 300; ++round) {
    uint8_t body[32];
    for (uint8_t& byte : body) {
      const uint32_t number = random.Next() >> 8;
      // Small numbers are areas and slots.
      byte =
          static_cast<uint8_t>(number % 2 == 0 ? number / 2 % 12 : number / 2);
    }
    Journal journal;
    journal.Init(&flash, kCatalogueAt, 0x54414354);
    REQUIRE(journal.Append(1, body, sizeof(body)));
    TicketStore store = Booted(&flash);
    for (int slot = 0; slot < kSlots; ++slot) {
      const SlotImage found = store.Get(slot);
      if (found.image == nullptr) continue;
      CHECK(found.image >= flash.Data() + kAreasAt);
      CHECK(found.image + found.size <= flash.Data() + kAreasEnd);
      Ticket ticket;
      CHECK(ticket.Load(found.image, found.size) != TicketError::kNone);
    }
    CHECK(store.there() <= kAreaBytes);
  }
}

TEST_CASE("a chip that is too small or absent stores nothing") {
  RamFlash flash(kAreasAt);
  TicketStore store = Booted(&flash);
  CHECK(store.Get(0).image == nullptr);
  CHECK(store.Begin(0, 100, 0) == StoreError::kFlash);
  CHECK(store.Remove(0) == StoreError::kFlash);
}

// Whatever is done in whatever order, with power that goes at any time: a slot
// holds the ticket that was last put there, or, if power went, the one before.
TEST_CASE("slots keep their promise through random use") {
  const Bytes small = SmallTicket();
  std::vector<Bytes> tickets;
  for (int i = 0; i < 4; ++i) {
    tickets.push_back(Renamed(small, "t" + std::to_string(i)));
  }
  Xorshift random;
  RamFlash flash;
  TicketStore store = Booted(&flash);
  constexpr int kEmpty = -1;
  int held[kSlots];
  std::fill_n(held, kSlots, kEmpty);
  int cuts = 0;
  for (int step = 0; step < 2000; ++step) {
    CAPTURE(step);
    const uint32_t choice = random.Next() >> 8;
    const int slot = static_cast<int>(choice % kSlots);
    const int ticket = static_cast<int>(choice / 8 % 4);
    if (choice / 64 % 3 == 0) {
      flash.CutAt(static_cast<int>(choice / 256 % 60) + 1,
                  kCuts[choice / 1024 % 4]);
    }
    int wanted = ticket;
    StoreError error;
    if (choice / 4096 % 5 == 0) {
      wanted = kEmpty;
      error = store.Remove(slot);
      if (error == StoreError::kEmpty) error = StoreError::kNone;
    } else {
      error = Put(&store, slot, tickets[static_cast<size_t>(ticket)]);
    }
    if (flash.off()) {
      ++cuts;
      store = Booted(&flash);
      const bool done =
          wanted == kEmpty
              ? store.Get(slot).image == nullptr
              : Holds(store, slot, tickets[static_cast<size_t>(wanted)]);
      if (done) held[slot] = wanted;
    } else {
      REQUIRE(error == StoreError::kNone);
      held[slot] = wanted;
    }
    for (int i = 0; i < kSlots; ++i) {
      CAPTURE(i);
      if (held[i] == kEmpty) {
        CHECK(store.Get(i).image == nullptr);
      } else {
        CHECK(Holds(store, i, tickets[static_cast<size_t>(held[i])]));
      }
    }
  }
  CHECK(cuts > 200);
}

}  // namespace
}  // namespace tombola
