/** The schemas' texts by file name. */
export declare function generateSchemas(): Map<string, string>;
