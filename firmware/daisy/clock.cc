#include "firmware/daisy/clock.h"

#include "firmware/daisy/registers.h"
#include "firmware/daisy/wait.h"

namespace tombola {
namespace {

// RM0433, RCC_PLLCFGR. RGE is the range of the input clock: 2 is 4..8 MHz
// (PLL1), 1 is 2..4 MHz (PLL3). VCOSEL 0 is the wide oscillator, 192..960 MHz
// on revision V; PLL1 runs at its end.
constexpr uint32_t kPllConfiguration = Field(2, 2) | Field(1, 10) |
                                       Bit(16) |  // PLL1 range, PLL3 range, P1
                                       Bit(17) |  // Q1 (USB)
                                       Bit(22) | Bit(24);  // P3 (SAI), R3 (ADC)

// Dividers are written less one (RM0433, RCC_PLL1DIVR).
constexpr uint32_t Dividers(uint32_t n, uint32_t p, uint32_t q, uint32_t r) {
  return Field(n - 1, 0) | Field(p - 1, 9) | Field(q - 1, 16) |
         Field(r - 1, 24);
}

// The internal 64 MHz oscillator drives the core and all PLLs are off.
bool ReturnToReset() {
  rcc().cr |= kRccCrHsiOn;
  if (!WaitFor(rcc().cr, kRccCrHsiRdy, kRccCrHsiRdy)) return false;
  Modify(rcc().cfgr, kRccCfgrSwMask, 0);
  if (!WaitFor(rcc().cfgr, kRccCfgrSwsMask, 0)) return false;
  rcc().cr &= ~(kRccCrPll1On | kRccCrPll2On | kRccCrPll3On);
  return WaitFor(rcc().cr, kRccCrPll1Rdy | kRccCrPll2Rdy | kRccCrPll3Rdy, 0);
}

// RM0433 chapter 6, voltage scaling: 480 MHz needs VOS0, which is VOS1 plus the
// overdrive. The Seed's core is fed by the internal linear regulator.
// PWR_CR3 can be written once after power on; then it already says the same.
Error RaiseVoltage() {
  if ((pwr().cr3 & kPwrCr3ScuEn) != 0) {
    Modify(pwr().cr3, kPwrCr3ScuEn | kPwrCr3LdoEn | kPwrCr3Bypass,
           kPwrCr3LdoEn);
  }
  if (!WaitFor(pwr().csr1, kPwrCsr1ActVosRdy, kPwrCsr1ActVosRdy)) {
    return Error::kSupply;
  }
  Modify(pwr().d3cr, kPwrD3crVosMask, kPwrD3crVos1);
  if (!WaitFor(pwr().d3cr, kPwrD3crVosRdy, kPwrD3crVosRdy)) {
    return Error::kSupply;
  }
  rcc().apb4enr |= kRccApb4Syscfg;
  (void)rcc().apb4enr;
  syscfg_pwrcr() |= kSyscfgPwrcrOdEn;
  return WaitFor(pwr().d3cr, kPwrD3crVosRdy, kPwrD3crVosRdy) ? Error::kNone
                                                             : Error::kSupply;
}

Error StartPlls() {
  rcc().cr |= kRccCrHseOn;
  if (!WaitFor(rcc().cr, kRccCrHseRdy, kRccCrHseRdy)) return Error::kOscillator;
  // Source HSE; PLL1 runs on a fourth of it, PLL3 on a sixth (RCC_PLLCKSELR).
  rcc().pllckselr = 2 | Field(4, 4) | Field(6, 20);
  rcc().pllcfgr = kPllConfiguration;
  rcc().pll1divr = Dividers(240, 2, 20, 2);
  rcc().pll3divr = Dividers(295, 16, 2, 32);
  rcc().cr |= kRccCrPll1On | kRccCrPll3On;
  const uint32_t locked = kRccCrPll1Rdy | kRccCrPll3Rdy;
  return WaitFor(rcc().cr, locked, locked) ? Error::kNone : Error::kPll;
}

// RM0433 chapter 4, recommended wait states: four, and signal delay 2, for a
// 240 MHz bus at VOS0. They are to be read back before the clock rises.
Error SlowFlash() {
  constexpr uint32_t kFourWaitStates = 4 | Field(2, 4);
  flash_acr() = kFourWaitStates;
  return WaitFor(flash_acr(), 0x3f, kFourWaitStates) ? Error::kNone
                                                     : Error::kFlash;
}

Error SwitchToPll1() {
  // Core 480 MHz; AXI and AHB a half; the four APBs a half of that.
  rcc().d1cfgr = Field(0, 8) | Field(8, 0) | Field(4, 4);
  rcc().d2cfgr = Field(4, 4) | Field(4, 8);
  rcc().d3cfgr = Field(4, 4);
  Modify(rcc().cfgr, kRccCfgrSwMask, 3);
  return WaitFor(rcc().cfgr, kRccCfgrSwsMask, Field(3, 3)) ? Error::kNone
                                                           : Error::kPll;
}

// Erratum 2.2.9 of revision Y (ES0392): reads of AXI SRAM may be corrupted
// unless the interconnect reads one word at a time.
void WorkAroundRevisionY() {
  constexpr uint32_t kFirstWithout = 0x2000;
  if (dbgmcu_idcode() >> 16 < kFirstWithout) {
    axi_targ7_fn_mod() = kAxiReadIssOverride;
  }
}

}  // namespace

Error InitClock() {
  WorkAroundRevisionY();
  if (!ReturnToReset()) return Error::kOscillator;
  Error error = RaiseVoltage();
  if (error == Error::kNone) error = StartPlls();
  if (error == Error::kNone) error = SlowFlash();
  if (error == Error::kNone) error = SwitchToPll1();
  // SAI1 from PLL3 P, I2C2 from APB1, USB from PLL1 Q, ADC from PLL3 R.
  Modify(rcc().d2ccip1r, Field(7, 0), 2);
  Modify(rcc().d2ccip2r, Field(3, 12) | Field(3, 20), Field(1, 20));
  Modify(rcc().d3ccipr, Field(3, 16), Field(1, 16));
  return error;
}

}  // namespace tombola
