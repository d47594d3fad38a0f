// From reset to main: the vector table, the memories, and the way to OnFault.

#include <algorithm>
#include <array>
#include <cstdint>

#include "firmware/daisy/bootloader.h"
#include "firmware/daisy/fault.h"
#include "firmware/daisy/interrupts.h"
#include "firmware/daisy/registers.h"

// From stm32h750.ld.
extern "C" {
extern uint32_t stack_begin[];
extern uint32_t stack_end[];
extern uint32_t data_begin[];
extern uint32_t data_end[];
extern uint32_t data_image[];
extern uint32_t bss_begin[];
extern uint32_t bss_end[];
extern void (*init_begin[])();
extern void (*init_end[])();

void Reset();
void Fault();
int main();
}

namespace tombola {
namespace {

using Handler = void (*)();

// DDI 0403 B1.5.2 and RM0433 chapter 19: 15 exceptions, 150 interrupts.
constexpr int kInterrupts = 150;

struct VectorTable {
  uint32_t* stack;
  Handler exceptions[15];
  Handler interrupts[kInterrupts];
};

constexpr VectorTable MakeVectorTable() {
  constexpr int kPendSv = 14;
  VectorTable table = {stack_end, {}, {}};
  for (Handler& handler : table.exceptions) handler = Fault;
  for (Handler& handler : table.interrupts) handler = Fault;
  table.exceptions[0] = Reset;
  table.exceptions[kPendSv - 1] = OnFrameDue;
  table.interrupts[kReceiveInterrupt] = OnReceived;
  table.interrupts[kUsbInterrupt] = OnUsb;
  return table;
}

[[gnu::section(".vectors"), gnu::used]] constexpr VectorTable vectors =
    MakeVectorTable();

}  // namespace

extern "C" [[gnu::used, noreturn]] void Start() {
  EnterLoaderIfAsked();
  scb().vtor = reinterpret_cast<uint32_t>(&vectors);
  scb().shcsr |= kShcsrFaultsEnabled;
  scb().ccr |= kCcrDiv0Trap;
  std::copy(data_image, data_image + (data_end - data_begin), data_begin);
  std::fill(bss_begin, bss_end, 0);
  for (auto* initialise = init_begin; initialise != init_end; ++initialise) {
    (*initialise)();
  }
  main();
  for (;;) {
  }
}

// `stack` is where the stack was, with what the exception put there on top; it
// is not read when it had run over.
extern "C" [[gnu::used, noreturn]] void RecordFault(const uint32_t* stack,
                                                    uint32_t exception) {
  constexpr int kLr = 5, kPc = 6, kXpsr = 7;
  FaultRecord record = {exception,  0,          0,           0,
                        scb().cfsr, scb().hfsr, scb().mmfar, scb().bfar};
  if (stack >= stack_begin && stack + kXpsr < stack_end) {
    record.lr = stack[kLr];
    record.pc = stack[kPc];
    record.xpsr = stack[kXpsr];
  }
  OnFault(record);
}

}  // namespace tombola

// The FPU comes first (DDI 0403 B3.2.20): the compiler may use its registers.
extern "C" [[gnu::naked]] void Reset() {
  asm volatile(
      "ldr sp, =stack_end\n"
      "ldr r0, =0xe000ed88\n"
      "ldr r1, [r0]\n"
      "orr r1, r1, #0xf00000\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
      "b Start\n");
}

// The stack starts afresh, because it may be the stack that was the fault.
extern "C" [[gnu::naked]] void Fault() {
  asm volatile(
      "mov r0, sp\n"
      "mrs r1, ipsr\n"
      "ldr sp, =stack_end\n"
      "b RecordFault\n");
}
