// The registers that the firmware touches, and only those bits that it uses.
// Names, offsets and bits are RM0433's (STM32H742, 743/753 and 750 reference
// manual), whose sections bear the registers' names; the core's are the ARMv7-M
// Architecture Reference Manual's (DDI 0403), the caches' the Cortex-M7
// Technical Reference Manual's (DDI 0489).
#pragma once

#include <cstddef>
#include <cstdint>

namespace tombola {

using Register = volatile uint32_t;

constexpr uint32_t Bit(int number) { return uint32_t{1} << number; }

// A field's value at its place in the register.
constexpr uint32_t Field(uint32_t value, int lowest_bit) {
  return value << lowest_bit;
}

// A peripheral's registers. The address is fixed by the chip's memory map
// (RM0433 chapter 2).
template <typename Registers>
inline Registers& At(uintptr_t address) {
  return *reinterpret_cast<Registers*>(address);
}

// Writes `value` into the bits of `mask`.
inline void Modify(Register& target, uint32_t mask, uint32_t value) {
  target = (target & ~mask) | value;
}

// RM0433 chapter 6, power control: PWR_...
struct Pwr {
  Register cr1, csr1, cr2, cr3, cpucr, reserved0, d3cr;
};
constexpr uint32_t kPwrCr1Dbp = Bit(8);
constexpr uint32_t kPwrCsr1ActVosRdy = Bit(13);
constexpr uint32_t kPwrCr3Bypass = Bit(0);
constexpr uint32_t kPwrCr3LdoEn = Bit(1);
constexpr uint32_t kPwrCr3ScuEn = Bit(2);
constexpr uint32_t kPwrCr3Usb33Den = Bit(24);
constexpr uint32_t kPwrCr3Usb33Rdy = Bit(26);
constexpr uint32_t kPwrD3crVosRdy = Bit(13);
constexpr uint32_t kPwrD3crVosMask = Field(3, 14);
constexpr uint32_t kPwrD3crVos1 = Field(3, 14);
inline Pwr& pwr() { return At<Pwr>(0x58024800); }

// RM0433 chapter 8, reset and clock control: RCC_...
struct Rcc {
  Register cr, hsicfgr, crrcr, csicfgr, cfgr, reserved0, d1cfgr, d2cfgr, d3cfgr,
      reserved1, pllckselr, pllcfgr, pll1divr, pll1fracr, pll2divr, pll2fracr,
      pll3divr, pll3fracr, reserved2, d1ccipr, d2ccip1r, d2ccip2r, d3ccipr;
  Register reserved3[9];
  Register ahb1rstr;
  Register reserved4[19];
  Register rsr, ahb3enr, ahb1enr, ahb2enr, ahb4enr, apb3enr, apb1lenr, apb1henr,
      apb2enr, apb4enr, reserved5, ahb3lpenr, ahb1lpenr;
};
static_assert(offsetof(Rcc, pllckselr) == 0x28, "RCC_PLLCKSELR");
static_assert(offsetof(Rcc, d3ccipr) == 0x58, "RCC_D3CCIPR");
static_assert(offsetof(Rcc, ahb1rstr) == 0x80, "RCC_AHB1RSTR");
static_assert(offsetof(Rcc, rsr) == 0xd0, "RCC_RSR");
static_assert(offsetof(Rcc, ahb1enr) == 0xd8, "RCC_AHB1ENR");
static_assert(offsetof(Rcc, apb4enr) == 0xf4, "RCC_APB4ENR");
static_assert(offsetof(Rcc, ahb1lpenr) == 0x100, "RCC_AHB1LPENR");
constexpr uint32_t kRccCrHsiOn = Bit(0);
constexpr uint32_t kRccCrHsiRdy = Bit(2);
constexpr uint32_t kRccCrHseOn = Bit(16);
constexpr uint32_t kRccCrHseRdy = Bit(17);
constexpr uint32_t kRccCrPll1On = Bit(24);
constexpr uint32_t kRccCrPll1Rdy = Bit(25);
constexpr uint32_t kRccCrPll2On = Bit(26);
constexpr uint32_t kRccCrPll2Rdy = Bit(27);
constexpr uint32_t kRccCrPll3On = Bit(28);
constexpr uint32_t kRccCrPll3Rdy = Bit(29);
constexpr uint32_t kRccCfgrSwMask = Field(7, 0);
constexpr uint32_t kRccCfgrSwsMask = Field(7, 3);
constexpr uint32_t kRccAhb3Qspi = Bit(14);
constexpr uint32_t kRccAhb1Dma1 = Bit(0);
constexpr uint32_t kRccAhb1Adc12 = Bit(5);
constexpr uint32_t kRccAhb1Usb2 = Bit(27);
constexpr uint32_t kRccAhb1Usb2Ulpi = Bit(28);
constexpr uint32_t kRccAhb4BkpRam = Bit(28);
constexpr uint32_t kRccAhb2Sram1 = Bit(29);
constexpr uint32_t kRccApb1lI2c2 = Bit(22);
constexpr uint32_t kRccApb1lDac12 = Bit(29);
constexpr uint32_t kRccApb2Sai1 = Bit(22);
constexpr uint32_t kRccApb4Syscfg = Bit(1);
constexpr uint32_t kRccRsrRmvf = Bit(16);
constexpr uint32_t kRccRsrBorRst = Bit(21);
constexpr uint32_t kRccRsrPinRst = Bit(22);
constexpr uint32_t kRccRsrPorRst = Bit(23);
constexpr uint32_t kRccRsrSftRst = Bit(24);
constexpr uint32_t kRccRsrIwdg1Rst = Bit(26);
inline Rcc& rcc() { return At<Rcc>(0x58024400); }

// RM0433 chapter 4, FLASH_ACR; chapter 12, SYSCFG_PWRCR, the supply's
// overdrive; chapter 60, DBGMCU_IDC, the chip's revision.
inline Register& flash_acr() { return At<Register>(0x52002000); }
inline Register& syscfg_pwrcr() { return At<Register>(0x5800042c); }
inline Register& dbgmcu_idcode() { return At<Register>(0x5c001000); }
constexpr uint32_t kSyscfgPwrcrOdEn = Bit(0);

// RM0433 chapter 2, AXI_TARG7_FN_MOD: how the bus reads AXI SRAM.
inline Register& axi_targ7_fn_mod() { return At<Register>(0x51008108); }
constexpr uint32_t kAxiReadIssOverride = Bit(0);

// RM0433 chapter 61, the chip's unique identification: three words.
inline const Register& unique_id(int word) {
  return At<Register>(0x1ff1e800 + 4 * static_cast<uintptr_t>(word));
}

// RM0433 chapter 11, GPIO ports A to K: GPIOx_...
struct Gpio {
  Register moder, otyper, ospeedr, pupdr, idr, odr, bsrr, lckr, afr[2];
};
inline Gpio& gpio(char port) {
  return At<Gpio>(0x58020000 + 0x400 * static_cast<uintptr_t>(port - 'A'));
}

// RM0433 chapter 51, serial audio interface: SAI_x..., one of two blocks.
struct SaiBlock {
  Register cr1, cr2, frcr, slotr, imr, sr, clrfr, dr;
};
constexpr uint32_t kSaiCr1MasterTransmit = 0;
constexpr uint32_t kSaiCr1MasterReceive = 1;
constexpr uint32_t kSaiCr1SlaveTransmit = 2;
constexpr uint32_t kSaiCr1SlaveReceive = 3;
constexpr uint32_t kSaiCr1Ds24 = Field(6, 5);
constexpr uint32_t kSaiCr1CkStr = Bit(9);
constexpr uint32_t kSaiCr1SyncInternal = Field(1, 10);
constexpr uint32_t kSaiCr1SaiEn = Bit(16);
constexpr uint32_t kSaiCr1DmaEn = Bit(17);
constexpr int kSaiCr1McKDiv = 20;
constexpr uint32_t kSaiCr2Flush = Bit(3);
constexpr uint32_t kSaiFrcrFsDef = Bit(16);
constexpr uint32_t kSaiFrcrFsPol = Bit(17);
constexpr uint32_t kSaiSrFlvlMask = Field(7, 16);
constexpr uint32_t kSaiClrfrAll = 0x77;
inline SaiBlock& sai1_a() { return At<SaiBlock>(0x40015804); }
inline SaiBlock& sai1_b() { return At<SaiBlock>(0x40015824); }

// RM0433 chapter 15, DMA_..., and 17, its request multiplexer DMAMUX1_CxCR.
struct DmaStream {
  Register cr, ndtr, par, m0ar, m1ar, fcr;
};
constexpr uint32_t kDmaCrEn = Bit(0);
constexpr uint32_t kDmaCrHtie = Bit(3);
constexpr uint32_t kDmaCrTcie = Bit(4);
constexpr uint32_t kDmaCrFromMemory = Field(1, 6);
constexpr uint32_t kDmaCrCirc = Bit(8);
constexpr uint32_t kDmaCrMinc = Bit(10);
constexpr uint32_t kDmaCrHalfWords = Field(1, 11) | Field(1, 13);
constexpr uint32_t kDmaCrWords = Field(2, 11) | Field(2, 13);
constexpr uint32_t kDmaCrPriorityHigh = Field(2, 16);
constexpr uint32_t kDmaLisrHtif1 = Bit(10);
constexpr uint32_t kDmaLisrTcif1 = Bit(11);
// All five flags of a stream (DMA_LIFCR).
constexpr uint32_t kDmaLifcrStream0 = 0x3du << 0;
constexpr uint32_t kDmaLifcrStream1 = 0x3du << 6;
constexpr uint32_t kDmaLifcrStream2 = 0x3du << 16;
inline Register& dma1_lisr() { return At<Register>(0x40020000); }
inline Register& dma1_lifcr() { return At<Register>(0x40020008); }
inline DmaStream& dma1_stream(int number) {
  return At<DmaStream>(0x40020010 + 0x18 * static_cast<uintptr_t>(number));
}
inline Register& dmamux1_ccr(int channel) {
  return At<Register>(0x40020800 + 4 * static_cast<uintptr_t>(channel));
}
// RM0433 chapter 17, the table of DMAMUX1's request inputs.
constexpr uint32_t kRequestAdc1 = 9;
constexpr uint32_t kRequestSai1A = 87;
constexpr uint32_t kRequestSai1B = 88;

// RM0433 chapter 23, QUADSPI_...
struct Quadspi {
  Register cr, dcr, sr, fcr, dlr, ccr, ar, abr, dr, psmkr, psmar, pir, lptr;
};
static_assert(offsetof(Quadspi, lptr) == 0x30, "QUADSPI_LPTR");
constexpr uint32_t kQspiCrEn = Bit(0);
constexpr uint32_t kQspiCrAbort = Bit(1);
constexpr uint32_t kQspiCrTcEn = Bit(3);
constexpr uint32_t kQspiCrApms = Bit(22);
constexpr int kQspiCrPrescaler = 24;
constexpr int kQspiDcrCsht = 8;
constexpr int kQspiDcrFsize = 16;
// Flags of QUADSPI_SR; the first four are cleared through QUADSPI_FCR.
constexpr uint32_t kQspiTef = Bit(0);
constexpr uint32_t kQspiTcf = Bit(1);
constexpr uint32_t kQspiSmf = Bit(3);
constexpr uint32_t kQspiTof = Bit(4);
constexpr uint32_t kQspiSrFtf = Bit(2);
constexpr uint32_t kQspiSrBusy = Bit(5);
// QUADSPI_CCR: how many lines carry instruction, address and data.
constexpr uint32_t kQspiCcrInstruction1 = Field(1, 8);
constexpr uint32_t kQspiCcrAddress1 = Field(1, 10) | Field(2, 12);  // 24 bits
constexpr int kQspiCcrDummyCycles = 18;
constexpr uint32_t kQspiCcrData1 = Field(1, 24);
constexpr uint32_t kQspiCcrData4 = Field(3, 24);
constexpr uint32_t kQspiCcrRead = Field(1, 26);
constexpr uint32_t kQspiCcrPoll = Field(2, 26);
constexpr uint32_t kQspiCcrMapped = Field(3, 26);
inline Quadspi& quadspi() { return At<Quadspi>(0x52005000); }

// RM0433 chapter 25, ADC_..., and ADCx_CCR, which ADC1 shares with ADC2.
struct Adc {
  Register isr, ier, cr, cfgr, cfgr2, smpr1, smpr2, pcsel, ltr1, htr1,
      reserved0[2], sqr1, sqr2, sqr3, sqr4, dr;
};
static_assert(offsetof(Adc, dr) == 0x40, "ADC_DR");
constexpr uint32_t kAdcIsrAdRdy = Bit(0);
constexpr uint32_t kAdcCrAdEn = Bit(0);
constexpr uint32_t kAdcCrAdStart = Bit(2);
constexpr uint32_t kAdcCrBoost1 = Field(1, 8);
constexpr uint32_t kAdcCrAdCalLin = Bit(16);
constexpr uint32_t kAdcCrAdVregEn = Bit(28);
constexpr uint32_t kAdcCrAdCal = Bit(31);
constexpr uint32_t kAdcCfgrDmaCircular = Field(3, 0);
constexpr uint32_t kAdcCfgrOvrMod = Bit(12);
constexpr uint32_t kAdcCfgr2RovsE = Bit(0);
constexpr int kAdcCfgr2Ovss = 5;
constexpr int kAdcCfgr2Osvr = 16;
inline Adc& adc1() { return At<Adc>(0x40022000); }
inline Register& adc12_ccr() { return At<Register>(0x40022308); }

// RM0433 chapter 26, DAC_..., the two-channel digital-to-analogue converter.
struct Dac {
  Register cr, swtrigr, dhr12r1;
  Register reserved0[12];
  Register mcr;
};
static_assert(offsetof(Dac, mcr) == 0x3c, "DAC_MCR");
constexpr uint32_t kDacCrEn1 = Bit(0);
inline Dac& dac1() { return At<Dac>(0x40007400); }

// RM0433 chapter 47, I2C_...
struct I2c {
  Register cr1, cr2, oar1, oar2, timingr, timeoutr, isr, icr, pecr, rxdr, txdr;
};
constexpr uint32_t kI2cCr1Pe = Bit(0);
constexpr uint32_t kI2cCr2Start = Bit(13);
constexpr int kI2cCr2NBytes = 16;
constexpr uint32_t kI2cCr2AutoEnd = Bit(25);
constexpr uint32_t kI2cIsrTxis = Bit(1);
constexpr uint32_t kI2cNackf = Bit(4);
constexpr uint32_t kI2cStopf = Bit(5);
inline I2c& i2c2() { return At<I2c>(0x40005800); }

// DDI 0403 B3.2 (system control), B3.4 (NVIC), B3.5 (MPU); DDI 0489 3.3.
struct SystemControl {
  Register cpuid, icsr, vtor, aircr, scr, ccr, shpr1, shpr2, shpr3, shcsr, cfsr,
      hfsr, dfsr, mmfar, bfar;
};
constexpr uint32_t kIcsrPendSvSet = Bit(28);
constexpr uint32_t kAircrKey = Field(0x05fa, 16);
constexpr uint32_t kAircrSysResetReq = Bit(2);
constexpr uint32_t kCcrDiv0Trap = Bit(4);
constexpr uint32_t kCcrDataCache = Bit(16);
constexpr uint32_t kCcrInstructionCache = Bit(17);
constexpr uint32_t kShcsrFaultsEnabled = Field(7, 16);
inline SystemControl& scb() { return At<SystemControl>(0xe000ed00); }
inline Register& csselr() { return At<Register>(0xe000ed84); }
inline Register& iciallu() { return At<Register>(0xe000ef50); }
inline Register& dcisw() { return At<Register>(0xe000ef60); }

struct Mpu {
  Register type, ctrl, rnr, rbar, rasr;
};
constexpr uint32_t kMpuCtrlEnable = Bit(0);
constexpr uint32_t kMpuCtrlDefaultMap = Bit(2);
inline Mpu& mpu() { return At<Mpu>(0xe000ed90); }

// Enables and pends interrupts, 32 in a register.
// RM0433 chapter 45, independent watchdog: IWDG_...
struct Iwdg {
  Register kr, pr, rlr, sr, winr;
};
constexpr uint32_t kIwdgStart = 0xcccc;
constexpr uint32_t kIwdgUnlock = 0x5555;
constexpr uint32_t kIwdgFeed = 0xaaaa;
inline Iwdg& iwdg1() { return At<Iwdg>(0x58004800); }

// DDI 0403 C1.6 and C1.8: debug and trace, of which the cycle counter is part.
inline Register& demcr() { return At<Register>(0xe000edfc); }
constexpr uint32_t kDemcrTrcEna = Bit(24);
struct Dwt {
  Register ctrl, cyccnt, reserved[1002], lar;
};
static_assert(offsetof(Dwt, lar) == 0xfb0, "DWT_LAR");
constexpr uint32_t kDwtCtrlCycCntEna = Bit(0);
constexpr uint32_t kDwtKey = 0xc5acce55;
inline Dwt& dwt() { return At<Dwt>(0xe0001000); }

inline Register& nvic_iser(int number) {
  return At<Register>(0xe000e100 + 4 * static_cast<uintptr_t>(number));
}
inline Register& nvic_ispr(int number) {
  return At<Register>(0xe000e200 + 4 * static_cast<uintptr_t>(number));
}
inline volatile uint8_t& nvic_priority(int interrupt) {
  return At<volatile uint8_t>(0xe000e400 + static_cast<uintptr_t>(interrupt));
}

inline void DataSyncBarrier() { asm volatile("dsb" ::: "memory"); }
inline void InstructionSyncBarrier() { asm volatile("isb" ::: "memory"); }

}  // namespace tombola
