#include "firmware/daisy/bootloader.h"

#include <cstdint>

#include "firmware/daisy/registers.h"

namespace tombola {
namespace {

// In memory that a reset leaves alone and that start-up does not clear. After
// power on it is this by chance once in 2^32.
constexpr uint32_t kAsked = 0x4c444552;  // "REDL"
[[gnu::section(".dtcm")]] volatile uint32_t asked;

// ST AN2606, STM32H74xxx/75xxx: the loader's vector table in system memory.
struct LoaderVectors {
  uint32_t stack;
  uint32_t entry;
};
constexpr uintptr_t kLoader = 0x1ff09800;

}  // namespace

void Restart() {
  DataSyncBarrier();
  scb().aircr = kAircrKey | kAircrSysResetReq;
  for (;;) DataSyncBarrier();
}

void RestartInLoader() {
  asked = kAsked;
  Restart();
}

void EnterLoaderIfAsked() {
  if (asked != kAsked) return;
  asked = 0;
  const auto& loader = At<volatile LoaderVectors>(kLoader);
  const uint32_t stack = loader.stack;
  const uint32_t entry = loader.entry;
  asm volatile(
      "msr msp, %0\n"
      "bx %1\n"
      :
      : "r"(stack), "r"(entry));
}

}  // namespace tombola
