// libFuzzer's target: any bytes are loaded as a ticket, and what the loader
// takes for sound is run. The address sanitizer sees what is read or written
// outside the image and the arena.
#include <algorithm>
#include <cstring>
#include <memory>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"
#include "firmware/module/instrument.h"
#include "tests/fuzz/ticket_parts.h"

namespace tombola {
namespace {

constexpr int kBlocks = 16;  // the gate is heard from the eighth on

// What all of the arena is set to before a step: least and greatest of each
// type, what is no number, and 0 for numbers by chance.
constexpr uint64_t kContents[] = {
    0x8000800080008000, 0x7FFF7FFF7FFF7FFF, 0x8080808080808080,
    0x7F7F7F7F7F7F7F7F, 0x7FC000007F800000, 0,
};

void Fill(uint64_t* memory, size_t words, uint64_t content, Xorshift* random) {
  for (size_t i = 0; i < words; ++i) {
    memory[i] = content != 0 ? content
                             : uint64_t{random->Next()} << 32 | random->Next();
  }
}

void Run(const Ticket& ticket) {
  // Just what it asks for: a byte beyond is the sanitizer's.
  const size_t words = ticket.arena_bytes() / sizeof(uint64_t);
  const std::unique_ptr<uint64_t[]> memory(new uint64_t[words]);
  Arena arena(memory.get(), words * sizeof(uint64_t));
  Network network;
  if (network.Init(ticket, &arena) != TicketError::kNone) __builtin_trap();
  network.Step();
  Xorshift random;
  for (const uint64_t content : kContents) {
    Fill(memory.get(), words, content, &random);
    network.Step();
    network.SetWidth(static_cast<float>(random.Next() % 128) / 128.0f);
  }
  network.Reset();
  network.Step();
}

// The instrument plays it, when it has such a voice.
void Play(const uint8_t* image, uint32_t size) {
  const auto instrument = std::make_unique<Instrument>();
  std::vector<uint64_t> memory(kMaxArenaBytes / sizeof(uint64_t));
  if (instrument->Init(image, size, reinterpret_cast<uint8_t*>(memory.data()),
                       kMaxArenaBytes) != nullptr) {
    return;
  }
  Xorshift random;
  int32_t samples[2 * kBlock] = {};
  PanelOutput output = {};
  for (int block = 0; block < kBlocks; ++block) {
    PanelInput input = {};
    for (uint16_t& cv : input.cv) cv = static_cast<uint16_t>(random.Next());
    input.knob = static_cast<uint16_t>(random.Next());
    input.gates = static_cast<uint8_t>(random.Next());
    if (instrument->Process(input, samples, samples, &output)) {
      instrument->RunFrame();
    }
  }
}

void LoadAndRun(const std::vector<uint8_t>& bytes) {
  const uint32_t size = static_cast<uint32_t>(bytes.size());
  const std::unique_ptr<uint8_t[]> image(new uint8_t[size]);
  std::copy(bytes.begin(), bytes.end(), image.get());
  Ticket ticket;
  if (ticket.Load(image.get(), size) != TicketError::kNone) {
    if (ticket.loaded()) __builtin_trap();
    return;
  }
  Run(ticket);
  Play(image.get(), size);
}

}  // namespace
}  // namespace tombola

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<uint8_t> image(data, data + size);
  tombola::LoadAndRun(image);
  tombola::Seal(&image);
  tombola::LoadAndRun(image);
  return 0;
}
