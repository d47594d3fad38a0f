#include "firmware/bench/board.h"

// The program, and from mps2.ld where its stack begins.
extern "C" {
extern uint32_t stack_end[];
int main();
void Reset();
void Fault();
}

namespace tombola {
namespace {

using Handler = void (*)();

struct VectorTable {
  uint32_t* stack;
  Handler reset;
  Handler exceptions[14];
};

[[gnu::section(".vectors"), gnu::used]] constexpr VectorTable vectors = {
    stack_end,
    Reset,
    {Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault, Fault,
     Fault, Fault, Fault, Fault}};

// CMSDK APB timer 0 at 25 MHz (Arm DUI 0479, DDI 0479 chapter 4.6).
struct Timer {
  volatile uint32_t control;
  volatile uint32_t value;
  volatile uint32_t reload;
};
constexpr uintptr_t kTimer = 0x40000000;
constexpr uint32_t kTimerEnabled = 1;
constexpr uint32_t kTickNanoseconds = 40;
constexpr uint32_t kInstructionNanoseconds = 1024;

// Arm's semihosting: the operation's number in r0, its arguments in r1.
constexpr int kOpen = 0x01;
constexpr int kWrite = 0x05;
constexpr int kExit = 0x18;
constexpr uint32_t kBinaryWrite = 5;
constexpr uint32_t kApplicationExit = 0x20026;
constexpr uint32_t kRunTimeError = 0x20023;

int CallHost(int operation, uint32_t argument) {
  register int r0 asm("r0") = operation;
  register uint32_t r1 asm("r1") = argument;
  asm volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
  return r0;
}

uint32_t Address(const void* pointer) {
  return reinterpret_cast<uint32_t>(pointer);
}

int OpenStandardOutput() {
  constexpr char kConsole[] = ":tt";
  const uint32_t arguments[] = {Address(kConsole), kBinaryWrite,
                                sizeof(kConsole) - 1};
  return CallHost(kOpen, Address(arguments));
}

[[gnu::noipa]] uint32_t CountTicks(void (*body)()) {
  Timer& timer = *reinterpret_cast<Timer*>(kTimer);
  timer.reload = UINT32_MAX;
  timer.value = UINT32_MAX;
  timer.control = kTimerEnabled;
  const uint32_t begin = timer.value;
  body();
  return begin - timer.value;
}

uint32_t RoundToInstructions(uint32_t ticks) {
  const uint64_t nanoseconds = uint64_t{ticks} * kTickNanoseconds;
  return static_cast<uint32_t>((nanoseconds + kInstructionNanoseconds / 2) /
                               kInstructionNanoseconds);
}

void DoNothing() {}

}  // namespace

uint32_t CountInstructions(void (*body)()) {
  const uint32_t instructions = RoundToInstructions(CountTicks(body));
  return instructions - RoundToInstructions(CountTicks(DoNothing));
}

void Write(const void* bytes, uint32_t size) {
  static const int output = OpenStandardOutput();
  const uint32_t arguments[] = {static_cast<uint32_t>(output), Address(bytes),
                                size};
  CallHost(kWrite, Address(arguments));
}

void Exit(bool success) {
  CallHost(kExit, success ? kApplicationExit : kRunTimeError);
  for (;;) {
  }
}

}  // namespace tombola

extern "C" void Start() { tombola::Exit(main() == 0); }

// The FPU comes first: the compiler may use its registers.
extern "C" [[gnu::naked]] void Reset() {
  asm volatile(
      "ldr r0, =0xe000ed88\n"
      "ldr r1, [r0]\n"
      "orr r1, r1, #0xf00000\n"
      "str r1, [r0]\n"
      "dsb\n"
      "isb\n"
      "b Start\n");
}

extern "C" void Fault() { tombola::Exit(false); }
