// Plays tickets under clang's RealtimeSanitizer, which ends a program at the
// first allocation, lock or system call inside a function that is marked as
// nonblocking. `--with=allocation`, `lock` or `call` puts one there, so that a
// test can see that it is found.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"
#include "firmware/module/instrument.h"
#include "tests/fuzz/ticket_parts.h"

namespace tombola {
namespace {

constexpr int kBlocks = 2000;
constexpr int kSteps = 4;

enum class Fault { kNone, kAllocation, kLock, kCall };

std::mutex mutex;

void Commit(Fault fault) {
  switch (fault) {
    case Fault::kAllocation: {
      void* volatile memory = std::malloc(16);  // or the compiler leaves it out
      std::free(memory);
      break;
    }
    case Fault::kLock: {
      const std::lock_guard<std::mutex> lock(mutex);
      break;
    }
    case Fault::kCall:
      if (write(STDOUT_FILENO, "", 0) != 0) std::abort();
      break;
    case Fault::kNone:
      break;
  }
}

struct Block {
  PanelInput input;
  PanelOutput output;
  int32_t samples[2 * kBlock];
};

bool Process(Instrument* instrument, Block* block) [[clang::nonblocking]] {
  return instrument->Process(block->input, block->samples, block->samples,
                             &block->output);
}

void RunFrame(Instrument* instrument, Fault fault) [[clang::nonblocking]] {
  Commit(fault);
  instrument->RunFrame();
}

void Step(Network* network, float width) [[clang::nonblocking]] {
  network->SetWidth(width);
  network->Step();
}

// Random panel words: every knob, jack and gate does something. Returns the
// voice that played, kVoiceNone if there is no such.
uint16_t Play(const std::vector<uint8_t>& image, Fault fault) {
  const auto instrument = std::make_unique<Instrument>();
  std::vector<uint8_t> memory(kMaxArenaBytes);
  if (instrument->Init(image.data(), static_cast<uint32_t>(image.size()),
                       memory.data(), memory.size()) != nullptr) {
    return kVoiceNone;
  }
  Xorshift random;
  Block block = {};
  for (int i = 0; i < kBlocks; ++i) {
    for (uint16_t& cv : block.input.cv) {
      cv = static_cast<uint16_t>(random.Next());
    }
    block.input.knob = static_cast<uint16_t>(random.Next());
    block.input.gates = static_cast<uint8_t>(random.Next() >> 24);
    if (Process(instrument.get(), &block)) RunFrame(instrument.get(), fault);
  }
  if (instrument->frames() == 0) return kVoiceNone;
  Ticket ticket;
  ticket.Load(image.data(), static_cast<uint32_t>(image.size()));
  return ticket.voice().voice;
}

bool Run(const std::vector<uint8_t>& image) {
  Ticket ticket;
  if (ticket.Load(image.data(), static_cast<uint32_t>(image.size())) !=
      TicketError::kNone) {
    return false;
  }
  std::vector<uint64_t> memory(ticket.arena_bytes() / sizeof(uint64_t) + 1);
  Arena arena(memory.data(), memory.size() * sizeof(uint64_t));
  Network network;
  if (network.Init(ticket, &arena) != TicketError::kNone) return false;
  Xorshift random;
  for (int step = 0; step < kSteps; ++step) {
    for (uint64_t& word : memory) word = random.Next() * 0x100000001u;
    Step(&network, static_cast<float>(step) / kSteps);
  }
  return true;
}

std::vector<uint8_t> ReadFile(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file),
          std::istreambuf_iterator<char>()};
}

int Main(const std::vector<const char*>& arguments) {
  Fault fault = Fault::kNone;
  std::map<uint16_t, int> played;  // by voice
  int run = 0;
  for (const char* argument : arguments) {
    if (std::strcmp(argument, "--with=allocation") == 0) {
      fault = Fault::kAllocation;
    } else if (std::strcmp(argument, "--with=lock") == 0) {
      fault = Fault::kLock;
    } else if (std::strcmp(argument, "--with=call") == 0) {
      fault = Fault::kCall;
    } else {
      std::vector<uint8_t> image = ReadFile(argument);
      Seal(&image);
      run += Run(image) ? 1 : 0;
      ++played[Play(image, fault)];
    }
  }
  const int tones = played[kVoiceTone];
  const int impacts = played[kVoiceImpact];
  const int textures = played[kVoiceTexture];
  std::printf(
      "realtime: %d tickets of tone, %d of impact and %d of texture played, %d "
      "tickets run: no allocation, lock or system call\n",
      tones, impacts, textures, run);
  return tones > 0 && impacts > 0 && textures > 0 ? 0 : 1;
}

}  // namespace
}  // namespace tombola

int main(int count, char** arguments) {
  return tombola::Main({arguments + 1, arguments + count});
}
