import type { Comparison } from '../comparison.ts';
import { javascriptDrivers } from './javascript-drivers.ts';
import { language } from './language.ts';

export const comparisons: readonly Comparison[] = [language, javascriptDrivers];
