export const measure = async () => ({ title: '', figures: {} });
