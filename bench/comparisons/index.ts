import type { Comparison } from '../comparison.ts';
import { language } from './language.ts';

export const comparisons: readonly Comparison[] = [language];
