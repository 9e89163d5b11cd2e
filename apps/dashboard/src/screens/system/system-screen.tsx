import { PageHead } from '../../ui/panel.tsx';

export const Screen = () => <PageHead title="System" />;
