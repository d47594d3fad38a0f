#include <doctest/doctest.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/checksum.h"
#include "firmware/core/nn/dsp_instructions.h"
#include "firmware/core/nn/kernels_dense.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/operators.h"
#include "firmware/core/nn/sigmoid_table.h"
#include "firmware/core/nn/ticket.h"

namespace tombola {
namespace {

using Image = std::vector<uint8_t>;

Image ReadTicket(const char* path) {
  std::ifstream file(path, std::ios::binary);
  Image image((std::istreambuf_iterator<char>(file)),
              std::istreambuf_iterator<char>());
  REQUIRE(image.size() > sizeof(HeaderRecord));
  return image;
}

Image SmallTicket() { return ReadTicket("tests/data/tone_small.ticket"); }

template <typename T>
void Put(Image* image, size_t at, T value) {
  std::memcpy(image->data() + at, &value, sizeof(value));
}

template <typename T>
T Get(const Image& image, size_t at) {
  return Read<T>(image.data() + at);
}

void Seal(Image* image) {
  Put(image, 16, static_cast<uint32_t>(image->size()));
  Put(image, 8,
      Checksum(image->data() + kChecksumBegin, image->size() - kChecksumBegin));
}

SectionRecord FindSection(const Image& image, Section which) {
  return Get<HeaderRecord>(image, 0).sections[which];
}

TicketError Load(const Image& image) {
  Ticket ticket;
  // A copy of exactly this size, so that the sanitizer sees a read behind it.
  const Image copy(image.begin(), image.end());
  return ticket.Load(copy.data(), static_cast<uint32_t>(copy.size()));
}

// Loads an image and, when it is taken for sound, runs it.
TicketError LoadAndRun(const Image& image) {
  const Image copy(image.begin(), image.end());
  Ticket ticket;
  const TicketError error =
      ticket.Load(copy.data(), static_cast<uint32_t>(copy.size()));
  if (error != TicketError::kNone) {
    REQUIRE(!ticket.loaded());
    return error;
  }
  // Just as much as it asks for: a byte beyond is the sanitizer's.
  std::vector<uint64_t> memory(ticket.arena_bytes() / sizeof(uint64_t));
  Arena arena(memory.data(), memory.size() * sizeof(uint64_t));
  Network network;
  REQUIRE(network.Init(ticket, &arena) == TicketError::kNone);
  network.Reset();
  for (int step = 0; step < 2; ++step) {
    for (size_t i = 0; i < memory.size(); ++i) {
      memory[i] = (i + 1) * 0x9E3779B97F4A7C15u;
    }
    network.Step();
  }
  return error;
}

int Roll(Xorshift* random, size_t sides) {
  return static_cast<int>(random->Next() % sides);
}

}  // namespace

TEST_CASE("a sound ticket loads, and says what is in it") {
  const Image image = SmallTicket();
  Ticket ticket;
  REQUIRE(ticket.Load(image.data(), image.size()) == TicketError::kNone);
  CHECK(std::string(ticket.voice().name) == "small");
  CHECK(ticket.voice().voice == kVoiceTone);
  CHECK(ticket.voice().partials == 64);
  CHECK(ticket.voice().bands == 65);
  CHECK(ticket.voice().pitch_low == 36.0f);
  CHECK(ticket.voice().loudness_high == -12.0f);
  const std::string metadata(ticket.metadata(), ticket.metadata_bytes());
  CHECK(metadata.front() == '{');
  CHECK(metadata.back() == '}');
}

TEST_CASE("a network has its ports, starts at zero and starts over") {
  const Image image = SmallTicket();
  Ticket ticket;
  REQUIRE(ticket.Load(image.data(), image.size()) == TicketError::kNone);
  std::vector<uint64_t> memory(ticket.arena_bytes() / sizeof(uint64_t));
  Arena arena(memory.data(), memory.size() * sizeof(uint64_t));
  Network network;
  REQUIRE(network.Init(ticket, &arena) == TicketError::kNone);
  CHECK(arena.left() == 0);

  const Port controls = network.Input("controls");
  const Port amplitudes = network.Output("amplitudes");
  const Port state = network.State("state_gru");
  REQUIRE(controls.count == 4);
  REQUIRE(amplitudes.count == 130);
  REQUIRE(state.count == 20);
  CHECK(network.Input("amplitudes").data == nullptr);
  CHECK(amplitudes.scale == doctest::Approx(1.0 / 32768.0));

  const int16_t inputs[4] = {12000, -3000, 30000, -32768};
  std::memcpy(controls.data, inputs, sizeof(inputs));
  network.Step();
  const std::vector<int16_t> first(amplitudes.int16(),
                                   amplitudes.int16() + amplitudes.count);
  CHECK(std::memcmp(controls.data, inputs, sizeof(inputs)) == 0);
  network.Step();
  const std::vector<int16_t> second(amplitudes.int16(),
                                    amplitudes.int16() + amplitudes.count);
  CHECK(first != second);
  network.Reset();
  for (int i = 0; i < state.count; ++i) CHECK(state.int16()[i] == 0);
  network.Step();
  CHECK(first == std::vector<int16_t>(amplitudes.int16(),
                                      amplitudes.int16() + amplitudes.count));
}

TEST_CASE("a network may be given a narrower ticket than it had") {
  Network network;
  for (const char* path :
       {"firmware/tickets/harp.ticket", "tests/data/tone_small.ticket"}) {
    const Image image = ReadTicket(path);
    Ticket ticket;
    REQUIRE(ticket.Load(image.data(), image.size()) == TicketError::kNone);
    std::vector<uint64_t> memory(ticket.arena_bytes() / sizeof(uint64_t));
    Arena arena(memory.data(), memory.size() * sizeof(uint64_t));
    REQUIRE(network.Init(ticket, &arena) == TicketError::kNone);
    network.Step();
  }
}

TEST_CASE("an arena that is too small is refused, and nothing runs") {
  const Image image = SmallTicket();
  Ticket ticket;
  Network network;
  uint64_t word = 0;
  Arena arena(&word, sizeof(word));
  CHECK(network.Init(ticket, &arena) == TicketError::kNotLoaded);
  REQUIRE(ticket.Load(image.data(), image.size()) == TicketError::kNone);
  CHECK(network.Init(ticket, &arena) == TicketError::kArena);
  network.Reset();
  network.Step();
  CHECK(network.Input("controls").data == nullptr);
}

TEST_CASE("every error has a sentence") {
  for (int i = 0; i <= static_cast<int>(TicketError::kArena); ++i) {
    const std::string text = Describe(static_cast<TicketError>(i));
    CHECK(text.size() > 10);
    CHECK(text != "unknown error");
  }
}

TEST_CASE("the checksum is a number modulo its prime") {
  // Times 2^32 is the other way: it takes the digits off, one after another.
  constexpr unsigned __int128 kPrime =
      (static_cast<unsigned __int128>(4294967118u) << 32) - 1;
  alignas(8) uint32_t digits[21];
  Xorshift random;
  for (uint32_t& digit : digits) digit = random.Next();
  unsigned __int128 state =
      Checksum(reinterpret_cast<const uint8_t*>(digits), sizeof(digits));
  for (int i = 20; i >= 0; --i) {
    state = (state + kPrime - digits[i]) % kPrime * (1ull << 32) % kPrime;
  }
  CHECK(static_cast<uint64_t>(state) == ~0ull % static_cast<uint64_t>(kPrime));
}

TEST_CASE("a ticket that is cut off is refused at every length") {
  const Image image = SmallTicket();
  for (size_t size = 0; size < image.size(); ++size) {
    const Image cut(image.begin(), image.begin() + size);
    REQUIRE(Load(cut) != TicketError::kNone);
  }
}

TEST_CASE("an image that is not aligned is refused") {
  const Image sound = SmallTicket();
  Image shifted(sound.size() + 4);
  std::memcpy(shifted.data() + 4, sound.data(), sound.size());
  Ticket ticket;
  CHECK(ticket.Load(shifted.data() + 4, sound.size()) ==
        TicketError::kAlignment);
}

TEST_CASE("a ticket with one byte changed is refused") {
  Image image = SmallTicket();
  for (size_t at = 0; at < image.size(); ++at) {
    image[at] ^= 0x5A;
    REQUIRE(Load(image) != TicketError::kNone);
    image[at] ^= 0x5A;
  }
}

TEST_CASE("a changed byte under a right checksum is refused or harmless") {
  Image image = SmallTicket();
  Seal(&image);
  REQUIRE(LoadAndRun(image) == TicketError::kNone);
  int refused = 0;
  const size_t weights = FindSection(image, kPlan).offset + 600;
  const size_t weights_end = weights + FindSection(image, kPlan).size - 1200;
  for (size_t at = kChecksumBegin; at < image.size(); ++at) {
    // Of the long run of weights a sample is enough.
    if (at > weights && at < weights_end && at % 13 != 0) continue;
    for (uint8_t flip : {0x01, 0x80, 0xFF}) {
      image[at] ^= flip;
      Seal(&image);
      if (LoadAndRun(image) != TicketError::kNone) ++refused;
      image[at] ^= flip;
    }
  }
  CHECK(refused > 300);
}

TEST_CASE("spliced tickets under a right checksum are refused or harmless") {
  const Image sound = SmallTicket();
  Xorshift random;
  const uint32_t telling[] = {0,          1,          2,          3,
                              7,          8,          0x7F,       0x80,
                              0xFFFF,     0x10000,    0x7FFFFFFF, 0x80000000,
                              0xFFFFFFF8, 0xFFFFFFFF, 0x7FF00000, 0x7F800000};
  int sound_still = 0;
  for (int round = 0; round < 4000; ++round) {
    Image image = sound;
    const int changes = 1 + Roll(&random, 3);
    for (int i = 0; i < changes; ++i) {
      switch (Roll(&random, 4)) {
        case 0:  // a telling number, in a field
          Put(&image, 4 * Roll(&random, image.size() / 4),
              telling[Roll(&random, 16)]);
          break;
        case 1:  // the same, in the header or the tables behind it
          Put(&image, 4 * (4 + Roll(&random, 180)), telling[Roll(&random, 16)]);
          break;
        case 2: {  // a piece copied to elsewhere
          const size_t size = 1 + Roll(&random, 64);
          const size_t from = Roll(&random, image.size() - size);
          const size_t to = Roll(&random, image.size() - size);
          std::memmove(image.data() + to, image.data() + from, size);
          break;
        }
        default: {  // a piece taken out
          const size_t size = 1 + Roll(&random, 64);
          const size_t at = Roll(&random, image.size() - size);
          image.erase(image.begin() + at, image.begin() + at + size);
        }
      }
    }
    if (image.size() < sizeof(HeaderRecord)) continue;
    std::memcpy(image.data(), kTicketMagic, sizeof(kTicketMagic));
    Put(&image, 4, kTicketVersion);
    Seal(&image);
    if (LoadAndRun(image) == TicketError::kNone) ++sound_still;
  }
  // Weights may be anything; so some go through, and they ran.
  CHECK(sound_still > 100);
  CHECK(sound_still < 4000);
}

TEST_CASE("a ticket that is refused is empty, whatever was loaded before") {
  Image image = SmallTicket();
  Ticket ticket;
  REQUIRE(ticket.Load(image.data(), image.size()) == TicketError::kNone);
  const size_t plan = FindSection(image, kPlan).offset;
  Put<uint16_t>(&image, plan, 99);
  Seal(&image);
  REQUIRE(ticket.Load(image.data(), image.size()) ==
          TicketError::kOperatorKind);
  CHECK(!ticket.loaded());
  CHECK(ticket.tensors() == 0);
  CHECK(ticket.ports() == 0);
  CHECK(ticket.metadata_bytes() == 0);
  CHECK(ticket.plan() == ticket.plan_end());
}

TEST_CASE("each rule of the loader has its own answer") {
  const Image sound = SmallTicket();
  const auto with = [&sound](auto change) {
    Image image = sound;
    change(&image);
    Seal(&image);
    return Load(image);
  };
  const size_t voice = FindSection(sound, kVoice).offset;
  const size_t tensors = FindSection(sound, kTensors).offset;
  const size_t ports = FindSection(sound, kPorts).offset;
  const size_t plan = FindSection(sound, kPlan).offset;
  const float nan = __builtin_nanf("");

  CHECK(with([](Image* i) { Put<char>(i, 0, 'X'); }) == TicketError::kMagic);
  CHECK(with([](Image* i) { Put<uint16_t>(i, 4, 1); }) ==
        TicketError::kVersion);
  CHECK(with([](Image* i) { Put<uint32_t>(i, 20, 12); }) ==
        TicketError::kArena);
  CHECK(with([](Image* i) { Put<uint32_t>(i, 24, 60); }) ==
        TicketError::kHeader);
  CHECK(with([](Image* i) { Put<uint32_t>(i, 28, 48); }) ==
        TicketError::kHeader);
  CHECK(with([=](Image* i) { Put<char>(i, voice, 0); }) == TicketError::kVoice);
  CHECK(with([=](Image* i) { Put(i, voice + 40, nan); }) ==
        TicketError::kVoice);
  CHECK(with([=](Image* i) { Put(i, voice + 52, 3e38f); }) ==
        TicketError::kVoice);
  CHECK(with([=](Image* i) { Put<uint32_t>(i, tensors, 4); }) ==
        TicketError::kTensor);
  CHECK(with([=](Image* i) { Put<uint32_t>(i, tensors + 4, 0); }) ==
        TicketError::kTensor);
  CHECK(with([=](Image* i) { Put(i, tensors + 8, nan); }) ==
        TicketError::kTensor);
  CHECK(with([=](Image* i) { Put<uint16_t>(i, ports, 999); }) ==
        TicketError::kPort);
  CHECK(with([=](Image* i) { Put<char>(i, ports + 4, '\n'); }) ==
        TicketError::kPort);
  CHECK(with([=](Image* i) { Put<uint16_t>(i, plan, 99); }) ==
        TicketError::kOperatorKind);
  CHECK(with([=](Image* i) { Put<uint32_t>(i, plan + 4, 7); }) ==
        TicketError::kOperator);
  // The first operator: its output on top of its input, and its matrix's rows.
  CHECK(with([=](Image* i) {
          Put(i, plan + 10, Get<uint16_t>(*i, plan + 8));
        }) == TicketError::kOperator);
  CHECK(with([=](Image* i) {
          const auto rows = Get<uint16_t>(*i, plan + 24);
          Put(i, plan + 24, static_cast<uint16_t>(rows + 4));
        }) == TicketError::kOperator);
}

TEST_CASE("a plan that would take too long is refused") {
  // A thousand operators on the largest tensor that there may be.
  Image image = SmallTicket();
  constexpr uint32_t kTensorsAt = 120, kPlanAt = 136;
  constexpr uint32_t kOperators = 1000, kBytes = 16;
  image.resize(kPlanAt + kOperators * kBytes);
  HeaderRecord header = Get<HeaderRecord>(image, 0);
  header.arena_bytes = 2 * kMaxElements;
  header.sections[kTensors] = {kTensorsAt, sizeof(TensorRecord)};
  header.sections[kPorts] = {kPlanAt, 0};
  header.sections[kPlan] = {kPlanAt, kOperators * kBytes};
  header.sections[kMetadata] = {static_cast<uint32_t>(image.size()), 0};
  Put(&image, 0, header);
  Put(&image, kTensorsAt, TensorRecord{0, kMaxElements, 1.0f, kInt16, 0, 0});
  for (uint32_t i = 0; i < kOperators; ++i) {
    const size_t at = kPlanAt + i * kBytes;
    Put(&image, at, OperatorRecord{kTanh, 0, kBytes});
    const uint16_t tanh[4] = {0, 0, 3, 0};
    std::memcpy(image.data() + at + 8, tanh, sizeof(tanh));
  }
  Seal(&image);
  CHECK(Load(image) == TicketError::kWork);
}

TEST_CASE("pairs of bytes widen and multiply as SXTB16 and SMLAD do") {
  CHECK(WidenEvenBytes(0x017F80FFu) == 0x007FFFFFu);
  CHECK(WidenOddBytes(0x807F01FFu) == 0xFF800001u);
  const auto pair = [](int low, int high) {
    return static_cast<uint32_t>(low & 0xffff) |
           static_cast<uint32_t>(high & 0xffff) << 16;
  };
  CHECK(DotPairs(pair(-3, 5), pair(1000, -7), 10) ==
        static_cast<uint32_t>(10 - 3000 - 35));
  CHECK(DotPairs(pair(-32768, -32768), pair(-32768, -32768), 0) == 0x80000000u);
}

TEST_CASE("a product's high half is rounded as SMMULR does") {
  CHECK(RoundedHighProduct(1 << 30, 2) == 1);
  CHECK(RoundedHighProduct(1 << 30, -2) == 0);
  CHECK(RoundedHighProduct(INT32_MIN, INT32_MAX) == 1 - (1 << 30));
}

TEST_CASE("sums of pairs wrap around, as the instruction's do") {
  CHECK(DotPairs(0x7FFF7FFFu, 0x7FFF7FFFu, 0x7FFFFFFFu) ==
        0x7FFFFFFFu + 2u * 32767u * 32767u);
}

TEST_CASE("the lines of the sigmoid's table join and rise to one") {
  int start = 0;
  for (int i = 0; i < SigmoidTable::kSize - 1; ++i) {
    const uint32_t line = kSigmoidTable.lines[i];
    REQUIRE(static_cast<int16_t>(line >> 16) == 2 * start - 32768);
    start += static_cast<int16_t>(line);
  }
  CHECK(start == 32767);
}

TEST_CASE("an arena gives aligned pieces of zeros until it is spent") {
  alignas(8) uint8_t memory[40];
  std::memset(memory, 0xAA, sizeof(memory));
  Arena arena(memory + 1, sizeof(memory) - 1);
  CHECK(arena.left() == 32);
  uint16_t* words = arena.Allocate<uint16_t>(5);
  REQUIRE(words != nullptr);
  CHECK(reinterpret_cast<uintptr_t>(words) % Arena::kAlignment == 0);
  CHECK(words[4] == 0);
  CHECK(arena.left() == 16);
  CHECK(arena.Allocate<uint64_t>(3) == nullptr);
  CHECK(arena.Allocate<uint64_t>(SIZE_MAX / 4) == nullptr);
  CHECK(arena.Allocate<uint64_t>(2) != nullptr);
  CHECK(arena.left() == 0);
}

}  // namespace tombola
