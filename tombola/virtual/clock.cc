// Counts the instructions that the emulated core executes, and stops it on
// time.
//
// Unicorn calls OnBlock before each basic block. A block's instructions are
// counted once, from its bytes, and remembered: Python sees the machine only
// when time is up.

#include <pybind11/pybind11.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

namespace tombola {
namespace {

// The first halfword of a 32-bit Thumb instruction begins with 0b11101, 0b11110
// or 0b11111 (ARMv7-M Architecture Reference Manual, A5.1).
bool IsWide(uint16_t halfword) { return (halfword >> 11) >= 0b11101; }

class Clock {
 public:
  // Addresses of the engine and of three functions of Unicorn's C interface.
  // The clock has to live as long as the engine runs.
  Clock(uintptr_t engine, uintptr_t hook_add, uintptr_t emu_stop,
        uintptr_t mem_read)
      : engine_(reinterpret_cast<void*>(engine)),
        emu_stop_(reinterpret_cast<EmuStop>(emu_stop)),
        mem_read_(reinterpret_cast<MemRead>(mem_read)) {
    constexpr int kHookBlock = 8;  // UC_HOOK_BLOCK
    auto add = reinterpret_cast<HookAdd>(hook_add);
    auto callback = reinterpret_cast<void*>(&Clock::OnBlock);
    // begin > end: everywhere.
    if (add(engine_, &hook_, kHookBlock, callback, this, uint64_t{1},
            uint64_t{0}) != 0) {
      throw std::runtime_error("Unicorn refused the block hook");
    }
  }

  uint64_t now = 0;       // instructions executed, and time slept, since reset
  uint64_t deadline = 0;  // no block is begun at or after this time
  bool expired = false;   // whether the deadline was met

 private:
  using EmuStop = int (*)(void*);
  using MemRead = int (*)(void*, uint64_t, void*, size_t);
  using HookAdd = int (*)(void*, size_t*, int, void*, void*, uint64_t, uint64_t,
                          ...);

  struct Block {
    uint32_t address = 0;
    uint16_t bytes = 0;
    uint16_t instructions = 0;
  };

  static void OnBlock(void*, uint64_t address, uint32_t bytes, void* self) {
    static_cast<Clock*>(self)->Enter(static_cast<uint32_t>(address), bytes);
  }

  void Enter(uint32_t address, uint32_t bytes) {
    if (now >= deadline) {
      expired = true;
      emu_stop_(engine_);
      return;
    }
    Block& block = blocks_[(address >> 1) % kBlocks];
    if (block.address != address || block.bytes != bytes) {
      block = {address, static_cast<uint16_t>(bytes), Count(address, bytes)};
    }
    now += block.instructions;
  }

  // Code does not change while it runs, so a count holds for ever.
  uint16_t Count(uint32_t address, uint32_t bytes) const {
    std::vector<uint16_t> code(bytes / 2);
    if (mem_read_(engine_, address, code.data(), bytes) != 0) return 0;
    uint16_t count = 0;
    for (size_t i = 0; i < code.size(); i += IsWide(code[i]) ? 2 : 1) ++count;
    return count;
  }

  static constexpr size_t kBlocks = 1 << 15;  // direct-mapped, by address
  void* engine_;
  EmuStop emu_stop_;
  MemRead mem_read_;
  size_t hook_ = 0;
  std::array<Block, kBlocks> blocks_{};
};

}  // namespace
}  // namespace tombola

PYBIND11_MODULE(_clock, module) {
  using tombola::Clock;
  namespace py = pybind11;
  module.doc() = "Exact instruction counts for the virtual module.";
  py::class_<Clock>(module, "Clock",
                    "Virtual time of one Unicorn engine, in instructions.")
      .def(py::init<uintptr_t, uintptr_t, uintptr_t, uintptr_t>(),
           py::arg("engine"), py::arg("hook_add"), py::arg("emu_stop"),
           py::arg("mem_read"))
      .def_readwrite("now", &Clock::now)
      .def_readwrite("deadline", &Clock::deadline)
      .def_readwrite("expired", &Clock::expired);
}
