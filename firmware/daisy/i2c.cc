#include "firmware/daisy/i2c.h"

#include "firmware/daisy/gpio.h"
#include "firmware/daisy/registers.h"
#include "firmware/daisy/wait.h"

namespace tombola {
namespace {

// RM0433, I2C_TIMINGR, from APB1's 120 MHz: a twelfth is a step of 100 ns; low
// for 50 steps, high for 40, data held for 2, set up for 5. The edges' delays
// make it a little slower than the standard mode's 100 kHz limit.
constexpr uint32_t kTiming =
    Field(11, 28) | Field(4, 20) | Field(2, 16) | Field(39, 8) | Field(49, 0);

// Waits for a flag of I2C_ISR; a refusal by the device ends the wait.
bool WaitForFlag(uint32_t flag) {
  for (uint32_t i = 0; i < kLongestWait; ++i) {
    const uint32_t status = i2c2().isr;
    if ((status & kI2cNackf) != 0) return false;
    if ((status & flag) != 0) return true;
    DelayMicroseconds(1);
  }
  return false;
}

}  // namespace

void InitI2c2(const Pin& clock, const Pin& data) {
  constexpr int kI2c2Function = 4;  // DS12556, alternate functions of B and H
  MakeAlternate(clock, kI2c2Function, true);
  MakeAlternate(data, kI2c2Function, true);
  rcc().apb1lenr |= kRccApb1lI2c2;
  (void)rcc().apb1lenr;
  i2c2().cr1 = 0;
  i2c2().timingr = kTiming;
  i2c2().cr1 = kI2cCr1Pe;
}

bool WriteI2c2(uint8_t address, const uint8_t* bytes, size_t count) {
  i2c2().cr2 = static_cast<uint32_t>(address) << 1 |
               static_cast<uint32_t>(count) << kI2cCr2NBytes | kI2cCr2AutoEnd |
               kI2cCr2Start;
  bool sent = true;
  for (size_t i = 0; sent && i < count; ++i) {
    sent = WaitForFlag(kI2cIsrTxis);
    if (sent) i2c2().txdr = bytes[i];
  }
  sent = sent && WaitForFlag(kI2cStopf);
  i2c2().icr = kI2cNackf | kI2cStopf;
  return sent;
}

}  // namespace tombola
