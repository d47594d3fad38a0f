// Runs the ticket that is linked in over the frames that are linked in, on an
// emulated board, and hands the host the instructions and the outputs of each
// step, and the instructions of one at half the width. bench.py makes both and
// reads them.

#include <cstdint>
#include <cstring>

#include "firmware/bench/board.h"
#include "firmware/core/nn/arena.h"
#include "firmware/core/nn/network.h"
#include "firmware/core/nn/ticket.h"

// From data.S.
extern "C" {
extern const uint8_t ticket_begin[];
extern const uint8_t ticket_end[];
extern const uint8_t frames_begin[];
extern const uint8_t frames_end[];
}

namespace tombola {
namespace {

alignas(Arena::kAlignment) uint8_t memory[kMaxArenaBytes];
Ticket ticket;
Network network;
TicketError error;

void Load() {
  error = ticket.Load(ticket_begin,
                      static_cast<uint32_t>(ticket_end - ticket_begin));
  if (error != TicketError::kNone) return;
  Arena arena(memory, sizeof(memory));
  error = network.Init(ticket, &arena);
}

void Step() { network.Step(); }

// A loop of a number of instructions that is known.
constexpr uint32_t kKnown = 200001;
[[gnu::naked]] void RunKnown() {
  asm volatile(
      "ldr r0, =100000\n"
      "0: subs r0, #1\n"
      "bne 0b\n"
      "bx lr\n");
}

void WriteWord(uint32_t word) { Write(&word, sizeof(word)); }

uint32_t BytesOf(const Port& port) {
  return static_cast<uint32_t>(port.count) * ElementBytes(port.type);
}

// Each input in the order of the ports; returns the next frame.
const uint8_t* ReadInputs(const uint8_t* frame) {
  for (int i = 0; i < ticket.ports(); ++i) {
    const PortRecord record = ticket.port(i);
    if (record.kind != kInput) continue;
    const Port port = network.Tensor(record.tensor);
    std::memcpy(port.data, frame, BytesOf(port));
    frame += BytesOf(port);
  }
  return frame;
}

// Outputs and states in the order of the ports.
void WriteOutputs() {
  for (int i = 0; i < ticket.ports(); ++i) {
    const PortRecord record = ticket.port(i);
    if (record.kind == kInput) continue;
    const Port port = network.Tensor(record.tensor);
    Write(port.data, BytesOf(port));
  }
}

}  // namespace
}  // namespace tombola

int main() {
  using namespace tombola;
  if (CountInstructions(RunKnown) != kKnown) return 1;
  const uint32_t load_instructions = CountInstructions(Load);
  WriteWord(static_cast<uint32_t>(error));
  WriteWord(load_instructions);
  if (error != TicketError::kNone) return 1;
  for (const uint8_t* frame = frames_begin; frame < frames_end;) {
    frame = ReadInputs(frame);
    WriteWord(CountInstructions(Step));
    WriteOutputs();
  }
  network.SetWidth(0.5f);
  WriteWord(CountInstructions(Step));
  return 0;
}
